import type { TableAccess, TableRow } from '../azure/table-access.ts';
import { prefixFilter } from '../azure/table-keys.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { indexedStates, type IndexedState, indexPrefix } from './bad-end-index.ts';
import { type FailedDevice, failureGroups, type FailureGroups } from './failure-groups.ts';
import { inParallel } from './in-parallel.ts';
import { deviceOfKey, shardKey } from './ledger-keys.ts';

/** What went wrong in a rollout, grouped. */
export interface Failures extends FailureGroups {
  /** There are more failed or reverted devices than were looked at: every number is "at least". */
  readonly truncated: boolean;
}

/** Pages of a thousand rows, over all indexes of all shards; each gets one at least. */
const PAGES = 24;
const READS_AT_ONCE = 24;
const COLUMNS = ['rowKey', 'reason', 'since'];

/**
 * Devices that are failed or reverted now, grouped by their reason: from the indexes, which hold just those
 * devices. One range read for each index of each shard up to a thousand rows, and at most 24 reads, or as
 * many as there are indexes, however many devices failed.
 */
export async function readFailures(
  access: TableAccess,
  rollout: Pick<Rollout, 'id' | 'shards'>,
): Promise<Failures> {
  const indexes = Array.from({ length: rollout.shards }, (_, shard) =>
    indexedStates.map((state) => ({ state, partitionKey: shardKey(rollout.id, shard) })),
  ).flat();
  const pages = Math.max(1, Math.floor(PAGES / indexes.length));
  const found = await inParallel(indexes, READS_AT_ONCE, async ({ state, partitionKey }) =>
    readIndex(access, partitionKey, state, pages),
  );
  return {
    ...failureGroups(found.flatMap(({ devices }) => devices)),
    truncated: found.some(({ goesOn }) => goesOn),
  };
}

async function readIndex(
  access: TableAccess,
  partitionKey: string,
  state: IndexedState,
  pages: number,
): Promise<{ readonly devices: readonly FailedDevice[]; readonly goesOn: boolean }> {
  const devices: FailedDevice[] = [];
  let read = 0;
  for await (const page of access.pages(prefixFilter(partitionKey, indexPrefix(state)), COLUMNS)) {
    devices.push(...page.map((row) => failedDevice(row, state)));
    read += 1;
    if (read === pages) return { devices, goesOn: page.continuationToken !== undefined };
  }
  return { devices, goesOn: false };
}

function failedDevice({ rowKey = '', reason, since }: TableRow, state: IndexedState): FailedDevice {
  return { deviceId: deviceOfKey(rowKey), state, reason: String(reason), since: String(since) };
}
