import { type LedgerTable, TableAccess } from '../azure/table-access.ts';
import { prefixFilter, quoted } from '../azure/table-keys.ts';
import type { Plan } from '../rollout/plan.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { indexKey, indexPrefix, isIndexed } from './bad-end-index.ts';
import { addCounts, noCounts, totalOf } from './counts.ts';
import { type DeviceUpdateDetail, type DeviceUpdateSummary, historyOf, summaryOf } from './device-history.ts';
import { DEVICE_COLUMNS, fromDeviceRow } from './device-row.ts';
import type { DeviceUpdateState } from './device-update.ts';
import { type Failures, readFailures } from './failure-reads.ts';
import { fromColumns } from './history-columns.ts';
import { inParallel } from './in-parallel.ts';
import { deviceKey, deviceOfKey, overflowPrefix, rowPrefix, shardKey, shardOf } from './ledger-keys.ts';
import { type ListedDevices, type PageCursor, readCursor, writeCursor } from './page-cursor.ts';
import { readShardCounters, readShardCounts } from './shard-counts.ts';
import { countStuck, listStuck, type StuckDevice } from './stuck-reads.ts';

type RolloutShards = Pick<Rollout, 'id' | 'shards'>;

export interface RolloutCounts {
  readonly byState: Readonly<Record<DeviceUpdateState, number>>;
  /** Of those in working states: their attempt before failed or fell back. */
  readonly retrying: number;
  /** Devices that have reported anything. */
  readonly seen: number;
}

export interface DevicePageQuery {
  readonly state?: DeviceUpdateState | undefined;
  readonly limit: number;
  /** What an earlier page gave. */
  readonly continuation?: string | undefined;
}

export interface DevicePage {
  readonly devices: readonly DeviceUpdateSummary[];
  /** Absent on the last page. */
  readonly continuation?: string;
}

/** Point or range reads in flight at once. */
const READS_AT_ONCE = 24;

/** Reads of the ledger, from tables only. All throw TableUnavailableError and TableRefusedError. */
export class LedgerReads {
  readonly #table: LedgerTable;

  constructor(table: LedgerTable) {
    this.#table = table;
  }

  /** Devices by state: one small range read a shard, however large the fleet is. */
  async countsOf(rollout: RolloutShards): Promise<RolloutCounts> {
    const access = new TableAccess(this.#table);
    const shards = Array.from({ length: rollout.shards }, (_, shard) => shard);
    const counts = await inParallel(shards, READS_AT_ONCE, async (shard) =>
      readShardCounts(access, rollout.id, shard),
    );
    const sum = counts.reduce(addCounts, noCounts);
    const { retrying, ...byState } = sum;
    return { byState, retrying, seen: totalOf(sum) };
  }

  /** Whether devices have reported, and when the newest report arrived: the same rows as `countsOf` reads. */
  async reportsOf(rollout: RolloutShards): Promise<{ readonly seen: number; readonly newestAt?: string }> {
    const access = new TableAccess(this.#table);
    const shards = Array.from({ length: rollout.shards }, (_, shard) => shard);
    const counters = (
      await inParallel(shards, READS_AT_ONCE, async (shard) => readShardCounters(access, rollout.id, shard))
    ).flat();
    const newestAt = counters
      .map(({ watermark }) => watermark.enqueuedAt)
      .toSorted()
      .at(-1);
    return {
      seen: totalOf(counters.map(({ counts }) => counts).reduce(addCounts, noCounts)),
      ...(newestAt && { newestAt }),
    };
  }

  /**
   * A page of the devices of a rollout, in the stable order of shards and keys; a shard that has no device
   * in the state costs no scan. Throws InvalidContinuationError.
   */
  async devicesOf(rollout: RolloutShards, query: DevicePageQuery): Promise<DevicePage> {
    const list: ListedDevices = { rolloutId: rollout.id, shards: rollout.shards, state: query.state };
    const start =
      query.continuation === undefined ? { shard: 0, after: '' } : readCursor(query.continuation, list);
    const access = new TableAccess(this.#table);
    const devices: DeviceUpdateSummary[] = [];
    for (let { shard, after } = start; shard < rollout.shards; shard += 1, after = '') {
      if (await hasNone(access, rollout.id, shard, query.state)) continue;
      for await (const found of devicesFrom(access, rollout.id, { shard, after }, query)) {
        devices.push(found);
        if (devices.length === query.limit) {
          return { devices, continuation: writeCursor({ shard, after: found.deviceId }, list) };
        }
      }
    }
    return { devices };
  }

  /** How many devices have been in a working state for longer than the plan allows, in the whole rollout. */
  async countStuck(rollout: RolloutShards, limits: Plan['limits'], now: Date): Promise<number> {
    return countStuck(new TableAccess(this.#table), rollout, limits, now);
  }

  /** Those devices themselves, the first ones in a stable order. */
  async stuckDevices(
    rollout: RolloutShards,
    limits: Plan['limits'],
    now: Date,
    limit: number,
  ): Promise<readonly StuckDevice[]> {
    return listStuck(new TableAccess(this.#table), rollout, limits, now, limit);
  }

  /** Of these devices, those that have reported nothing to the rollout: a point read each. */
  async unseenOf(rollout: RolloutShards, deviceIds: readonly string[]): Promise<ReadonlySet<string>> {
    const access = new TableAccess(this.#table);
    const unseen = await inParallel(deviceIds, READS_AT_ONCE, async (deviceId) => {
      const partitionKey = shardKey(rollout.id, shardOf(rollout, deviceId));
      const row = await access.get(partitionKey, deviceKey(deviceId), ['rowKey']);
      return row === undefined ? [deviceId] : [];
    });
    return new Set(unseen.flat());
  }

  /** What went wrong, grouped by state and reason. */
  async failuresOf(rollout: RolloutShards): Promise<Failures> {
    return readFailures(new TableAccess(this.#table), rollout);
  }

  /** One device's way with its whole history; undefined where it has reported nothing to this rollout. */
  async deviceUpdate(rollout: RolloutShards, deviceId: string): Promise<DeviceUpdateDetail | undefined> {
    const access = new TableAccess(this.#table);
    const partitionKey = shardKey(rollout.id, shardOf(rollout, deviceId));
    const row = await access.get(partitionKey, deviceKey(deviceId));
    if (row === undefined) return undefined;
    const { update, embedded } = fromDeviceRow(row);
    const overflow =
      update.entries > embedded ? await access.all(prefixFilter(partitionKey, overflowPrefix(deviceId))) : [];
    const entries = [...overflow, row].flatMap((part) => fromColumns(part));
    return { ...summaryOf(rollout.id, deviceId, update), history: historyOf(entries) };
  }
}

/** An index without rows costs no more than the counts would. */
async function hasNone(
  access: TableAccess,
  rolloutId: string,
  shard: number,
  state: DeviceUpdateState | undefined,
): Promise<boolean> {
  if (state === undefined || isIndexed(state)) return false;
  return (await readShardCounts(access, rolloutId, shard))[state] <= 0;
}

async function* devicesFrom(
  access: TableAccess,
  rolloutId: string,
  { shard, after }: PageCursor,
  { state, limit }: DevicePageQuery,
): AsyncGenerator<DeviceUpdateSummary> {
  const filter = devicesFilter(shardKey(rolloutId, shard), after, state);
  for await (const rows of access.pages(filter, DEVICE_COLUMNS, limit)) {
    for (const row of rows)
      yield summaryOf(rolloutId, deviceOfKey(row.rowKey ?? ''), fromDeviceRow(row).update);
  }
}

function devicesFilter(partitionKey: string, after: string, state: DeviceUpdateState | undefined): string {
  if (isIndexed(state)) {
    return prefixFilter(partitionKey, indexPrefix(state), indexKey({ state, deviceId: after }));
  }
  const range = prefixFilter(partitionKey, rowPrefix.device, deviceKey(after));
  return state === undefined ? range : `${range} and state eq ${quoted(state)}`;
}
