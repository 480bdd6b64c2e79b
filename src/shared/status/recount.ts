import type { TransactionAction } from '@azure/data-tables';
import { type LedgerTable, TableAccess, type TableRow } from '../azure/table-access.ts';
import { prefixFilter } from '../azure/table-keys.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { fromCounterRow } from './counter-row.ts';
import { addCounts, type Counts, isZero, noCounts, subtractCounts } from './counts.ts';
import { type IndexEntry, indexed, indexedStates, indexPrefix, unindexed } from './bad-end-index.ts';
import { DEVICE_COLUMNS, fromDeviceRow, toDeviceColumns } from './device-row.ts';
import { counterKey, deviceKey, rowPrefix, shardKey } from './ledger-keys.ts';
import { inParallel } from './in-parallel.ts';
import { COUNTED_COLUMNS, countRows, indexFaults, type IndexFaults } from './shard-audit.ts';

/** What came of the recount of a shard, and how many requests it took. */
export type Recount = ShardFinding & { readonly requests: number };

/** `healings` is how often the shard was ever corrected. */
type ShardFinding =
  | { readonly kind: 'exact'; readonly counts: Counts; readonly healings: number }
  /** `drift` is what the counters said too much (or, negative, too little), by state. */
  | {
      readonly kind: 'drifted';
      readonly drift: Counts;
      readonly index: IndexFaults;
      readonly healed: boolean;
      readonly healings: number;
    }
  /** The shard was written during every scan, or the correction was overtaken: try again later. */
  | { readonly kind: 'busy' };

/** A shard that does not hold still for a scan is left for later after so many. */
const MAX_SCANS = 3;
/** Operations of a transaction; see the documented limit in azure/table-limits.ts. */
const MAX_OPERATIONS = 100;
/** Point reads in flight at once. */
const READS_AT_ONCE = 24;
/** The correction is a counter row of its own, so that it takes part in every sum. */
const HEALER = counterKey('recount');

/**
 * Counts the device rows of one shard and compares them with its counter rows. Every write of the ledger
 * changes a counter row; so where these are the same before and after the scan, the scan is a snapshot.
 * A drift is healed by a transaction that holds only while no counter row has changed. Throws
 * TableUnavailableError and TableRefusedError.
 */
export async function recountShard(
  table: LedgerTable,
  rollout: Pick<Rollout, 'id'>,
  shard: number,
  now: Date,
): Promise<Recount> {
  const access = new TableAccess(table);
  const finding = await compare(access, shardKey(rollout.id, shard), now);
  return { ...finding, requests: access.requests };
}

async function compare(access: TableAccess, partitionKey: string, now: Date): Promise<ShardFinding> {
  let counters = await readCounters(access, partitionKey);
  for (let scans = 0; scans < MAX_SCANS; scans += 1) {
    const rows = countRows(await access.all(prefixFilter(partitionKey, rowPrefix.device), COUNTED_COLUMNS));
    const index = indexFaults(rows, await readIndexes(access, partitionKey));
    const after = await readCounters(access, partitionKey);
    if (etagsOf(counters) === etagsOf(after))
      return settle(access, partitionKey, after, rows.counts, index, now);
    counters = after;
  }
  return { kind: 'busy' };
}

async function readIndexes(access: TableAccess, partitionKey: string) {
  return inParallel(indexedStates, indexedStates.length, async (state) => ({
    state,
    rows: await access.all(prefixFilter(partitionKey, indexPrefix(state)), ['rowKey', 'entries']),
  }));
}

async function readCounters(access: TableAccess, partitionKey: string): Promise<readonly TableRow[]> {
  return access.all(prefixFilter(partitionKey, rowPrefix.counter));
}

function etagsOf(counters: readonly TableRow[]): string {
  return counters.map(({ rowKey, etag }) => `${rowKey ?? ''} ${etag}`).join('\n');
}

async function settle(
  access: TableAccess,
  partitionKey: string,
  counters: readonly TableRow[],
  rows: Counts,
  index: IndexFaults,
  now: Date,
): Promise<ShardFinding> {
  const drift = subtractCounts(
    counters.map((row) => fromCounterRow(row).counts).reduce(addCounts, noCounts),
    rows,
  );
  const faults = index.missing.length + index.extra.length;
  const healings = healingsOf(counters.find(isHealer));
  if (isZero(drift) && faults === 0) return { kind: 'exact', counts: rows, healings };
  const heal = healAction(partitionKey, counters, drift, now);
  const guards = guardsOf(partitionKey, counters);
  const room = MAX_OPERATIONS - 1 - guards.length;
  const correction = [heal, ...guards, ...(await indexCorrection(access, partitionKey, index, room))];
  const outcome = await access.submit(correction);
  if (outcome.kind === 'conflict') return { kind: 'busy' };
  const healed = outcome.kind === 'committed';
  return { kind: 'drifted', drift, index, healed, healings: healed ? healings + 1 : healings };
}

const isHealer = ({ rowKey }: TableRow): boolean => rowKey === HEALER;

function healingsOf(healer: TableRow | undefined): number {
  return Number(healer?.['healings'] ?? 0);
}

function healAction(
  partitionKey: string,
  counters: readonly TableRow[],
  drift: Counts,
  now: Date,
): TransactionAction {
  const healer = counters.find(isHealer);
  const columns = {
    partitionKey,
    rowKey: HEALER,
    ...subtractCounts(healer === undefined ? noCounts : fromCounterRow(healer).counts, drift),
    healedAt: now.toISOString(),
    healings: healingsOf(healer) + 1,
    lastDrift: JSON.stringify(drift),
  };
  return healer === undefined ? ['create', columns] : ['update', columns, 'Replace', { etag: healer.etag }];
}

/** A merge of nothing changes nothing, but fails where the row has changed. */
function guardsOf(partitionKey: string, counters: readonly TableRow[]): TransactionAction[] {
  return counters
    .filter((row) => !isHealer(row))
    .map(({ rowKey = '', etag }) => ['update', { partitionKey, rowKey }, 'Merge', { etag }]);
}

/**
 * As much of the indexes as fits is corrected at once; the next recount does the rest. Device rows are read
 * for it after the scan: where one has changed since, so has a counter row, and the correction is refused.
 */
async function indexCorrection(
  access: TableAccess,
  partitionKey: string,
  { missing, extra }: IndexFaults,
  room: number,
): Promise<TransactionAction[]> {
  const added = await inParallel(missing.slice(0, room), READS_AT_ONCE, async (entry) =>
    missingAction(access, partitionKey, entry),
  );
  const removed = extra.map((entry) => unindexed(partitionKey, entry));
  return [...added.flat(), ...removed].slice(0, room);
}

async function missingAction(
  access: TableAccess,
  partitionKey: string,
  entry: IndexEntry,
): Promise<TransactionAction[]> {
  const row = await access.get(partitionKey, deviceKey(entry.deviceId), DEVICE_COLUMNS);
  if (row === undefined) return [];
  const { update, embedded } = fromDeviceRow(row);
  return [indexed(partitionKey, entry, toDeviceColumns(update, embedded))];
}
