import type { TableRow } from '../azure/table-access.ts';
import { type IndexEntry, indexKey, isIndexed } from './bad-end-index.ts';
import { type Counts, countsBy } from './counts.ts';
import { type DeviceUpdateState, deviceUpdateStates } from './device-update.ts';
import { deviceOfKey } from './ledger-keys.ts';

/** What the device rows of a shard say. */
export interface CountedRows {
  readonly counts: Counts;
  /** Devices that ought to be in an index: by the key there, and with how many reports they were recorded. */
  readonly indexed: ReadonlyMap<string, IndexEntry & { readonly entries: number }>;
}

/** Devices that an index lacks or shows as they were before, and entries of devices that are in another state. */
export interface IndexFaults {
  readonly missing: readonly IndexEntry[];
  readonly extra: readonly IndexEntry[];
}

/** Counts device rows, of which these columns are enough. Each write of a row adds to its entries. */
export const COUNTED_COLUMNS: string[] = ['rowKey', 'state', 'retrying', 'entries'];

export function countRows(rows: readonly TableRow[]): CountedRows {
  const states = new Map<unknown, number>();
  const indexed = new Map<string, IndexEntry & { readonly entries: number }>();
  for (const { rowKey = '', state, retrying, entries } of rows) {
    states.set(state, (states.get(state) ?? 0) + 1);
    if (retrying === true) states.set('retrying', (states.get('retrying') ?? 0) + 1);
    const known = stateOf(state);
    if (!isIndexed(known)) continue;
    const entry = { state: known, deviceId: deviceOfKey(rowKey) };
    indexed.set(indexKey(entry), { ...entry, entries: Number(entries) });
  }
  return { counts: countsBy((key) => states.get(key) ?? 0), indexed };
}

/** @param found rows of the index of each state */
export function indexFaults(
  { indexed }: CountedRows,
  found: readonly { readonly state: IndexEntry['state']; readonly rows: readonly TableRow[] }[],
): IndexFaults {
  const there = new Map<string, { readonly entry: IndexEntry; readonly entries: number }>();
  for (const { state, rows } of found) {
    for (const { rowKey = '', entries } of rows) {
      const entry = { state, deviceId: deviceOfKey(rowKey) };
      there.set(rowKey, { entry, entries: Number(entries) });
    }
  }
  return {
    missing: [...indexed]
      .filter(([key, { entries }]) => there.get(key)?.entries !== entries)
      .map(([, { state, deviceId }]) => ({ state, deviceId })),
    extra: [...there].filter(([key]) => !indexed.has(key)).map(([, { entry }]) => entry),
  };
}

function stateOf(value: unknown): DeviceUpdateState | undefined {
  return deviceUpdateStates.find((state) => state === value);
}
