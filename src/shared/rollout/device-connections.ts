import type { Registry } from 'azure-iothub';
import * as z from 'zod';
import { toHubError } from '../azure/hub-error.ts';
import { bothConditions } from './condition-text.ts';

/** What the hub says of a device's connection. `unknown-device`: it has no device of that id. */
export type ConnectionKind = 'connected' | 'disconnected' | 'disabled' | 'unknown-device';

export interface HubConnection {
  readonly kind: ConnectionKind;
  /** When the hub last heard of the device. RFC 3339, UTC; absent where it never did. */
  readonly lastActivityAt: string | undefined;
}

export interface ConnectedDevice extends HubConnection {
  readonly deviceId: string;
  /** What it says it runs; absent where it has not said, or said something that is no version. */
  readonly currentVersion: string | undefined;
}

export interface DevicesPage {
  readonly devices: readonly ConnectedDevice[];
  /** Absent after the last page. */
  readonly continuation: string | undefined;
}

const PAGE = 1000;
/** The hub reads 8,192 characters of a query (documented); what is around the ids takes the rest. */
const ID_CHARACTERS = 7900;
/** Answers to so many ids come in one page for sure. */
const IDS_A_QUERY = 500;
const reportedVersion = 'properties.reported.firmware.currentFwVersion';
const COLUMNS = `deviceId, status, connectionState, lastActivityTime, ${reportedVersion} AS version`;

const row = z.object({
  deviceId: z.string(),
  status: z.string().optional().catch(undefined),
  connectionState: z.string().optional().catch(undefined),
  lastActivityTime: z.string().optional().catch(undefined),
  version: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .catch(undefined),
});

/**
 * Questions to the hub's twin queries on whether devices are there. They share 20 queries a minute and unit
 * (S1) with everybody else, so only the timer asks, within `HubQueryBudget`. Throws HubError.
 */
export class DeviceConnections {
  readonly #registry: () => Promise<Registry>;

  constructor(registry: () => Promise<Registry>) {
    this.#registry = registry;
  }

  /** One query for the devices of one batch, see `idBatches`. A device that the hub has not is in the answer too. */
  async of(deviceIds: readonly string[]): Promise<ReadonlyMap<string, HubConnection>> {
    const list = deviceIds.map(literal).join(',');
    const { devices } = await this.#page(`SELECT ${COLUMNS} FROM devices WHERE deviceId IN [${list}]`, '');
    const found = new Map<string, HubConnection>(devices.map((device) => [device.deviceId, device]));
    const absent: HubConnection = { kind: 'unknown-device', lastActivityAt: undefined };
    return new Map(deviceIds.map((deviceId) => [deviceId, found.get(deviceId) ?? absent]));
  }

  /**
   * One page of the devices that a target condition selects and that do not say that they run the version.
   * @param continuation of the page before; empty for the first one
   */
  async notRunning(condition: string, version: string, continuation: string): Promise<DevicesPage> {
    const another = `NOT is_defined(${reportedVersion}) OR ${reportedVersion} != ${literal(version)}`;
    return this.#page(
      `SELECT ${COLUMNS} FROM devices WHERE ${bothConditions(condition, another)}`,
      continuation,
    );
  }

  async #page(text: string, continuation: string): Promise<DevicesPage> {
    const registry = await this.#registry();
    try {
      const query = registry.createQuery(text, PAGE);
      const { result } = await (continuation === '' ? query.next() : query.next(continuation));
      const rows: readonly unknown[] = Array.isArray(result) ? result : [];
      return {
        devices: rows.flatMap((item) => connectedDevice(row.safeParse(item).data)),
        continuation: query.continuationToken ?? undefined,
      };
    } catch (error) {
      throw toHubError(error);
    }
  }
}

/** The ids in as few queries as hold them. Pure. */
export function idBatches(deviceIds: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let room = 0;
  for (const deviceId of deviceIds) {
    const length = literal(deviceId).length + 1;
    const last = batches.at(-1);
    if (last === undefined || room < length || last.length === IDS_A_QUERY) {
      batches.push([deviceId]);
      room = ID_CHARACTERS - length;
    } else {
      last.push(deviceId);
      room -= length;
    }
  }
  return batches;
}

function connectedDevice(device: z.output<typeof row> | undefined): ConnectedDevice[] {
  if (device === undefined) return [];
  const { deviceId, version, lastActivityTime } = device;
  return [
    { deviceId, kind: kindOf(device), lastActivityAt: timeOf(lastActivityTime), currentVersion: version },
  ];
}

function kindOf({ status, connectionState }: z.output<typeof row>): ConnectionKind {
  if (status?.toLowerCase() === 'disabled') return 'disabled';
  return connectionState?.toLowerCase() === 'connected' ? 'connected' : 'disconnected';
}

/** The hub writes the year 1 for never, and seven digits of a second. */
function timeOf(text: string | undefined): string | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) || time <= 0 ? undefined : new Date(time).toISOString();
}

/** An id may hold `'`, but neither `"` nor a backslash: so nothing is to be escaped. */
function literal(text: string): string {
  return `"${text}"`;
}
