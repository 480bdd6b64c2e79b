import type { TableAccess } from '../azure/table-access.ts';
import { prefixFilter } from '../azure/table-keys.ts';
import { type Counter, fromCounterRow } from './counter-row.ts';
import { addCounts, type Counts, noCounts } from './counts.ts';
import { rowPrefix, shardKey } from './ledger-keys.ts';

/** The counts of one shard: the sum over its counter rows, one small range read. */
export async function readShardCounts(
  access: TableAccess,
  rolloutId: string,
  shard: number,
): Promise<Counts> {
  const counters = await readShardCounters(access, rolloutId, shard);
  return counters.map(({ counts }) => counts).reduce(addCounts, noCounts);
}

/** The counters of one shard, one of each writer. */
export async function readShardCounters(
  access: TableAccess,
  rolloutId: string,
  shard: number,
): Promise<readonly Counter[]> {
  const rows = await access.all(prefixFilter(shardKey(rolloutId, shard), rowPrefix.counter));
  return rows.map(fromCounterRow);
}
