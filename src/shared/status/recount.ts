import type { TransactionAction } from '@azure/data-tables';
import { type LedgerTable, TableAccess, type TableRow } from '../azure/table-access.ts';
import { prefixFilter } from '../azure/table-keys.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { fromCounterRow } from './counter-row.ts';
import { addCounts, type Counts, isZero, noCounts, subtractCounts } from './counts.ts';
import { counterKey, failedKey, rowPrefix, shardKey } from './ledger-keys.ts';
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
    const index = indexFaults(
      rows,
      await access.all(prefixFilter(partitionKey, rowPrefix.failed), ['rowKey']),
    );
    const after = await readCounters(access, partitionKey);
    if (etagsOf(counters) === etagsOf(after))
      return settle(access, partitionKey, after, rows.counts, index, now);
    counters = after;
  }
  return { kind: 'busy' };
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
  const correction = correctionOf(partitionKey, counters, drift, index, now);
  const outcome = await access.submit(correction);
  if (outcome.kind === 'conflict') return { kind: 'busy' };
  const healed = outcome.kind === 'committed';
  return { kind: 'drifted', drift, index, healed, healings: healed ? healings + 1 : healings };
}

const isHealer = ({ rowKey }: TableRow): boolean => rowKey === HEALER;

function healingsOf(healer: TableRow | undefined): number {
  return Number(healer?.['healings'] ?? 0);
}

/** As much of the index as fits is corrected at once; the next recount does the rest. */
function correctionOf(
  partitionKey: string,
  counters: readonly TableRow[],
  drift: Counts,
  index: IndexFaults,
  now: Date,
): TransactionAction[] {
  const healer = counters.find(isHealer);
  const columns = {
    partitionKey,
    rowKey: HEALER,
    ...subtractCounts(healer === undefined ? noCounts : fromCounterRow(healer).counts, drift),
    healedAt: now.toISOString(),
    healings: healingsOf(healer) + 1,
    lastDrift: JSON.stringify(drift),
  };
  const heal: TransactionAction =
    healer === undefined ? ['create', columns] : ['update', columns, 'Replace', { etag: healer.etag }];
  // A merge of nothing changes nothing, but fails where the row has changed.
  const guards = counters
    .filter((row) => row !== healer)
    .map(({ rowKey = '', etag }): TransactionAction => [
      'update',
      { partitionKey, rowKey },
      'Merge',
      { etag },
    ]);
  const missing = index.missing.map((id): TransactionAction => [
    'upsert',
    { partitionKey, rowKey: failedKey(id) },
    'Replace',
  ]);
  const extra = index.extra.map((id): TransactionAction => [
    'delete',
    { partitionKey, rowKey: failedKey(id) },
  ]);
  return [heal, ...guards, ...[...missing, ...extra].slice(0, MAX_OPERATIONS - 1 - guards.length)];
}
