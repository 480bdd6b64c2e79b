import type {
  AuditEntry,
  CountsOverTime,
  DeadLetter,
  Device,
  DeviceState,
  DeviceUpdate,
  Diagnosis,
  Failures,
  Health,
  JournalEntry,
  Page,
  PendingDevice,
  Readiness,
  Refusal,
  Release,
  Rollout,
  RolloutDetail,
  RolloutState,
  UndeliveredEvent,
  Upload,
  WebhookEndpoint,
} from './answers.ts';

declare const answered: unique symbol;

/** A GET of the API and, for the compiler alone, what it answers with. */
export interface Read<Answer> {
  /** Path and query, `/api/…`. */
  readonly path: string;
  readonly [answered]?: Answer;
}

/** The list parameters that every list takes. */
export interface Paging {
  /** 1 to 200 entries a page. */
  readonly limit?: number | undefined;
  readonly continuation?: string | undefined;
}

export interface DeviceFilters extends Paging {
  readonly state?: DeviceState | undefined;
  /** Only failed devices with exactly this reason. */
  readonly reason?: string | undefined;
  readonly stuck?: 'true' | undefined;
}

export interface RolloutFilters extends Paging {
  readonly deviceType?: string | undefined;
  readonly version?: string | undefined;
  readonly state?: RolloutState | undefined;
}

/** Every GET of the API. */
export const reads = {
  rollouts: (query: RolloutFilters = {}): Read<Page<Rollout>> => read('/rollouts', query),
  rollout: (id: string): Read<RolloutDetail> => read(`/rollouts/${part(id)}`),
  counts: (id: string): Read<CountsOverTime> => read(`/rollouts/${part(id)}/counts`),
  failures: (id: string): Read<Failures> => read(`/rollouts/${part(id)}/failures`),
  journal: (id: string, query: Paging = {}): Read<Page<JournalEntry>> =>
    read(`/rollouts/${part(id)}/journal`, query),
  rolloutDevices: (id: string, query: DeviceFilters = {}): Read<Page<DeviceUpdate>> =>
    read(`/rollouts/${part(id)}/devices`, query),
  rolloutDevicesCsv: (id: string, query: DeviceFilters = {}): Read<string> =>
    read(`/rollouts/${part(id)}/devices.csv`, query),
  rolloutDevicesNdjson: (id: string, query: DeviceFilters = {}): Read<string> =>
    read(`/rollouts/${part(id)}/devices.ndjson`, query),
  /** Whom a completed rollout has not reached. */
  pendingDevices: (id: string, query: Paging = {}): Read<Page<PendingDevice>> =>
    read(`/rollouts/${part(id)}/pending-devices`, query),
  device: (deviceId: string): Read<Device> => read(`/devices/${part(deviceId)}`),
  releases: (query: Paging & { readonly deviceType?: string | undefined } = {}): Read<Page<Release>> =>
    read('/releases', query),
  release: (deviceType: string, version: string): Read<Release> =>
    read(`/releases/${part(deviceType)}/${part(version)}`),
  /** What became of the image that lies under this name now. */
  upload: (name: string): Read<Upload> => read(`/uploads/${part(name)}`),
  refusals: (query: Paging = {}): Read<Page<Refusal>> => read('/refusals', query),
  audit: (query: Paging = {}): Read<Page<AuditEntry>> => read('/audit', query),
  deadLetters: (query: Paging = {}): Read<Page<DeadLetter>> => read('/dead-letters', query),
  webhooks: (): Read<Page<WebhookEndpoint>> => read('/webhooks'),
  undeliveredEvents: (query: Paging = {}): Read<Page<UndeliveredEvent>> =>
    read('/webhooks/dead-letters', query),
  health: (): Read<Health> => read('/health'),
  ready: (): Read<Readiness> => read('/health/ready'),
  diagnosis: (): Read<Diagnosis> => read('/diagnosis'),
  metrics: (): Read<string> => read('/metrics'),
} as const;

/** The page after this one; undefined after the last. */
export function nextPage<Item>({ nextLink }: Page<Item>): Read<Page<Item>> | undefined {
  return nextLink === undefined ? undefined : { path: nextLink };
}

/** One part of a path, whatever it holds. */
export function part(text: string): string {
  return encodeURIComponent(text);
}

/** A query with what is given of it; empty where nothing is. */
export function queryText(query: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}

function read<Answer>(path: string, query: object = {}): Read<Answer> {
  return { path: `/api${path}${queryText(query)}` };
}
