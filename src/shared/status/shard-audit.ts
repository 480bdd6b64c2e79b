import type { TableRow } from '../azure/table-access.ts';
import { type Counts, countsBy } from './counts.ts';
import { deviceOfKey } from './ledger-keys.ts';

/** What the device rows of a shard say. */
export interface CountedRows {
  readonly counts: Counts;
  readonly failed: ReadonlySet<string>;
}

/** Failed devices that the index lacks, and devices in the index that have not failed. */
export interface IndexFaults {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** Counts device rows, of which these columns are enough. */
export const COUNTED_COLUMNS: string[] = ['rowKey', 'state', 'retrying'];

export function countRows(rows: readonly TableRow[]): CountedRows {
  const states = new Map<unknown, number>();
  const failed = new Set<string>();
  for (const { rowKey = '', state, retrying } of rows) {
    states.set(state, (states.get(state) ?? 0) + 1);
    if (retrying === true) states.set('retrying', (states.get('retrying') ?? 0) + 1);
    if (state === 'Failed') failed.add(deviceOfKey(rowKey));
  }
  return { counts: countsBy((key) => states.get(key) ?? 0), failed };
}

export function indexFaults({ failed }: CountedRows, index: readonly TableRow[]): IndexFaults {
  const indexed = new Set(index.map(({ rowKey = '' }) => deviceOfKey(rowKey)));
  return {
    missing: [...failed].filter((id) => !indexed.has(id)),
    extra: [...indexed].filter((id) => !failed.has(id)),
  };
}
