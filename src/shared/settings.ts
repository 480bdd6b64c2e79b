import * as z from 'zod';
import { deviceProfileNames, type DeviceProfileName } from './firmware/device-profile.ts';
import { isDeviceType } from './firmware/device-type.ts';
import { isPlanName } from './firmware/upload.ts';
import { readWebhookSettings, type WebhookSettings } from './webhooks/webhook-settings.ts';
import { type DeviceLogging, deviceLogging } from './log-device.ts';
import { type Connection, type Environment, settingsReader } from './settings-reader.ts';

export type BlobConnection = Connection<{ readonly blobServiceUri: string }>;
export type StorageConnection = Connection<{
  readonly blobServiceUri: string;
  readonly queueServiceUri: string;
  readonly tableServiceUri: string;
}>;
export type IotHubConnection = Connection<{ readonly hostName: string }>;
export type EventHubConnection = Connection<{ readonly fullyQualifiedNamespace: string }>;

/** Everything that the app reads from its environment, validated. */
export interface Settings {
  /** The account of the Functions host, which keeps its checkpoints there. */
  readonly hostStorage: BlobConnection;
  /** The account that holds the containers and the tables; the blob trigger's connection. */
  readonly storage: StorageConnection;
  readonly iotHub: {
    readonly connection: IotHubConnection;
    /** Where the hub's REST API listens if that is not port 443 of its host name. */
    readonly endpoint: URL | undefined;
  };
  /** What the hub's tier and units allow. */
  readonly hubLimits: {
    readonly configurations: number;
    /** Messages a day. */
    readonly dailyMessages: number;
  };
  readonly twinEvents: {
    readonly connection: EventHubConnection;
    readonly eventHub: string;
    readonly consumerGroup: string;
    readonly partitions: number;
  };
  readonly firmware: {
    readonly container: string;
    readonly triggerSource: 'polling' | 'EventGrid';
    readonly sweepSchedule: string;
    readonly defaultDeviceType: string;
    /** Device type in lower case -> profile; types that are not named have `iotdevkit`. */
    readonly profiles: ReadonlyMap<string, DeviceProfileName>;
  };
  readonly releases: {
    readonly container: string;
    /** What devices put before `/<devicetype>/<file>`; default: the container's own URL. */
    readonly downloadBaseUrl: string | undefined;
    /** Query string without `?`; a secret. */
    readonly downloadSas: string | undefined;
    /** The app serves the images itself; a secret that the tokens in their links are made with. */
    readonly downloadTokenKey: string | undefined;
  };
  readonly rollouts: {
    readonly judgeSchedule: string;
    /** Name of the plan of an upload that names none. */
    readonly defaultPlan: string;
    readonly twinUpdatesPerSecond: number;
  };
  readonly ledger: { readonly recountSchedule: string };
  /** Absent: nobody is told of anything. */
  readonly webhooks: WebhookSettings | undefined;
  readonly telemetry: {
    /** Base address of an OTLP/HTTP collector. */
    readonly otlpEndpoint: string | undefined;
    readonly deviceIds: DeviceLogging;
  };
  /** What the HTTP API believes its callers by. */
  readonly api: { readonly auth: 'keys' | 'entra' };
}

/** The names that bindings refer to; the host resolves them by itself. */
export const connectionNames = { storage: 'FIRMWARE_STORAGE', twinEvents: 'TWIN_EVENTS' } as const;

/** The hub's name, by which the installation is known to others. */
export function hubHostName(connection: IotHubConnection): string {
  if (connection.kind === 'identity') return connection.hostName;
  return /(?:^|;)\s*HostName=([^;]+)/i.exec(connection.connectionString)?.[1]?.trim() ?? '';
}

/** A setting is missing or wrong. The message names each one and shows an example. */
export class SettingsError extends Error {
  readonly code = 'settings-invalid';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The app cannot start, its settings are not right:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** Reads and validates every setting; throws a SettingsError that names all that is wrong. */
export function readSettings(environment: Environment): Settings {
  const problems: string[] = [];
  const read = settingsReader(withHostBlobService(environment), problems);
  const settings: Settings = {
    hostStorage: read.connection('AzureWebJobsStorage', connectionStrings.storage, {
      blobServiceUri: httpsUrl,
    }),
    storage: read.connection('FIRMWARE_STORAGE', connectionStrings.storage, {
      blobServiceUri: httpsUrl,
      // The blob trigger's own: without it the host fails silently.
      queueServiceUri: httpsUrl,
      tableServiceUri: httpsUrl,
    }),
    iotHub: {
      connection: read.connection('IOT_HUB', connectionStrings.iotHub, { hostName }),
      endpoint: read.optional(
        'IOT_HUB_ENDPOINT',
        httpsUrl.transform((url) => new URL(url)),
      ),
    },
    hubLimits: {
      configurations: read.value('HUB_CONFIGURATION_QUOTA', wholeNumber(1, 1000)),
      dailyMessages: read.value('HUB_DAILY_MESSAGES', wholeNumber(1, 9_999_999_999)),
    },
    twinEvents: {
      connection: read.connection('TWIN_EVENTS', connectionStrings.eventHubs, {
        fullyQualifiedNamespace: hostName,
      }),
      eventHub: read.value('TWIN_EVENTS_HUB', entityName),
      consumerGroup: read.value('TWIN_EVENTS_CONSUMER_GROUP', entityName),
      partitions: read.value('TWIN_EVENTS_PARTITIONS', wholeNumber(1, 32)),
    },
    firmware: {
      container: read.value('FIRMWARE_CONTAINER', containerName),
      triggerSource: read.value('FIRMWARE_TRIGGER_SOURCE', z.enum(['polling', 'EventGrid'])),
      sweepSchedule: read.value('FIRMWARE_SWEEP_SCHEDULE', schedule),
      defaultDeviceType: read.value('DEFAULT_DEVICE_TYPE', deviceType),
      profiles: read.value('DEVICE_PROFILES', profiles),
    },
    releases: {
      container: read.value('RELEASES_CONTAINER', containerName),
      downloadBaseUrl: read.optional('DOWNLOAD_BASE_URL', baseUrl),
      downloadSas: read.optional('DOWNLOAD_SAS', sasQuery),
      downloadTokenKey: read.optional('DOWNLOAD_TOKEN_KEY', tokenKey),
    },
    rollouts: {
      judgeSchedule: read.value('ROLLOUT_JUDGE_SCHEDULE', schedule),
      defaultPlan: read.value('DEFAULT_PLAN', planName),
      twinUpdatesPerSecond: read.value('TWIN_UPDATES_PER_SECOND', wholeNumber(1, 1000)),
    },
    ledger: { recountSchedule: read.value('LEDGER_RECOUNT_SCHEDULE', schedule) },
    webhooks: readWebhookSettings(read, problems),
    telemetry: {
      otlpEndpoint: read.optional('OTEL_EXPORTER_OTLP_ENDPOINT', httpUrl),
      deviceIds: read.value('LOG_DEVICE_IDS', z.enum(deviceLogging)),
    },
    api: { auth: read.value('API_AUTH', z.enum(['keys', 'entra'])) },
  };
  if (problems.length === 0) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** What is right in each setting, and wrong together. */
function* contradictions({ firmware, releases }: Settings): Generator<string> {
  if (firmware.container === releases.container)
    yield 'RELEASES_CONTAINER must not be the same as FIRMWARE_CONTAINER: what is dropped is private, what is released is not';
  const isServedHere = releases.downloadBaseUrl?.endsWith('/api/downloads') ?? false;
  if (releases.downloadTokenKey === undefined) {
    if (isServedHere)
      yield 'DOWNLOAD_TOKEN_KEY is missing: without it the app does not serve the images to which DOWNLOAD_BASE_URL sends devices';
    return;
  }
  if (releases.downloadSas !== undefined)
    yield 'DOWNLOAD_SAS and DOWNLOAD_TOKEN_KEY are two ways to download: remove one of them';
  if (!isServedHere)
    yield 'DOWNLOAD_BASE_URL must be https://<this app>/api/downloads beside DOWNLOAD_TOKEN_KEY: the app serves the images there';
}

/** The host, unlike the SDKs, also takes the name of an account for the addresses of its services. */
function withHostBlobService(environment: Environment): Environment {
  const account = environment['AzureWebJobsStorage__accountName']?.trim();
  if (!account || environment['AzureWebJobsStorage__blobServiceUri']?.trim()) return environment;
  const blobServiceUri = `https://${account}.blob.core.windows.net`;
  return { ...environment, AzureWebJobsStorage__blobServiceUri: blobServiceUri };
}

const hasParts = (...parts: string[]) =>
  z.string().refine((text) => parts.every((part) => new RegExp(`(^|;)\\s*${part}=[^;]`, 'i').test(text)), {
    message: `is not a connection string with ${parts.join(', ')}`,
  });

const connectionStrings = {
  storage: z.union([z.literal('UseDevelopmentStorage=true'), hasParts('AccountName', 'AccountKey')], {
    error: 'is not a storage connection string with AccountName and AccountKey',
  }),
  iotHub: hasParts('HostName', 'SharedAccessKeyName', 'SharedAccessKey'),
  eventHubs: hasParts('Endpoint', 'SharedAccessKeyName', 'SharedAccessKey'),
};
const httpsUrl = z.url({ protocol: /^https$/, error: 'is not an https URL' });
const httpUrl = z.url({ protocol: /^https?$/, error: 'is not an http or https URL' });
const baseUrl = httpsUrl
  .refine((text) => {
    const { search, hash, username } = new URL(text);
    return `${search}${hash}${username}` === '';
  }, 'has a query, a fragment or credentials; a SAS belongs into DOWNLOAD_SAS')
  .transform((url) => url.replace(/\/+$/, ''));
const hostName = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/i, 'is not a host name');
const entityName = z.string().regex(/^[\w$][\w.$-]{0,255}$/, 'is not a name of an Event Hubs entity');
const containerName = z
  .string()
  .regex(
    /^(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*$/,
    'is not a container name (3 to 63 lower-case letters, digits, -)',
  );
const schedule = z.string().regex(/^\S+(?: \S+){5}$/, 'is not a six-field NCRONTAB expression');
const deviceType = z
  .string()
  .refine(isDeviceType, 'is not a device type (letters, digits, - and _, at most 64)');
const planName = z.string().refine(isPlanName, 'is not a name of a plan (lower-case letters, digits and -)');
const sasQuery = z
  .string()
  .transform((text) => text.replace(/^\?/, ''))
  .refine((text) => /(^|&)sig=[^&]/.test(text), 'is not a SAS query: it has no sig parameter');

const tokenKey = z.string().min(32, 'has fewer than 32 characters');

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,10}$/, `is not a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not a whole number from ${min} to ${max}`);
}

const profiles = z.string().transform((text, context) => {
  const map = new Map<string, DeviceProfileName>();
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [type = '', name = ''] = pair.split('=').map((part) => part.trim());
    const profile = deviceProfileNames.find((known) => known === name);
    if (isDeviceType(type) && profile) map.set(type.toLowerCase(), profile);
    else context.addIssue(`has "${pair.trim()}", which is not <device type>=${deviceProfileNames.join('|')}`);
  }
  return map;
});
