import type { TransactionAction } from '@azure/data-tables';
import type { TableRow } from '../azure/table-access.ts';
import { decodeKeyPart, encodeKeyPart } from '../azure/table-keys.ts';
import type { KnownDevice } from './device-cache.ts';
import type { DeviceUpdateState, HistoryEntry } from './device-update.ts';
import { rowPrefix } from './ledger-keys.ts';

/** An attempt of a device that ended badly. */
export interface DeviceEnd {
  readonly state: 'Failed' | 'Reverted';
  readonly attempt: number;
  /** Hub time of the report that told it. */
  readonly at: string;
  /** In the device's words; empty for `Reverted`. */
  readonly reason: string;
  /** What the device runs as far as that report said. */
  readonly currentVersion: string;
}

/** The attempts that the entries end badly, each once: a report that repeats an end is none. Pure. */
export function badEnds(before: KnownDevice, entries: readonly HistoryEntry[]): readonly DeviceEnd[] {
  const ends: DeviceEnd[] = [];
  let last: { readonly state: DeviceUpdateState; readonly attempt: number } | undefined =
    before === 'absent' ? undefined : before.update;
  for (const { state, attempt, hubTime, substatus = '', currentVersion = '' } of entries) {
    if (state === undefined || attempt === undefined) continue;
    const isSame = last?.state === state && last.attempt === attempt;
    if (!isSame && (state === 'Failed' || state === 'Reverted')) {
      const reason = state === 'Failed' ? substatus : '';
      ends.push({ state, attempt, at: hubTime, reason, currentVersion });
    }
    last = { state, attempt };
  }
  return ends;
}

/**
 * The row that makes sure that the ends are announced: one for a device and a batch, since a transaction
 * holds a hundred at most, and a property for each end. No other row begins with the same attempt.
 */
export function endActions(
  partitionKey: string,
  deviceId: string,
  ends: readonly DeviceEnd[],
): TransactionAction[] {
  const first = ends[0];
  if (first === undefined) return [];
  const rowKey = `${rowPrefix.ends}${encodeKeyPart(deviceId)}|${padded(first.attempt)}`;
  const columns = ends.map((end) => [`e${padded(end.attempt)}`, JSON.stringify(end)]);
  return [['upsert', { partitionKey, rowKey, ...Object.fromEntries(columns) }, 'Replace']];
}

/** The device and its ends, in their order. */
export function fromEndRow(row: TableRow): {
  readonly deviceId: string;
  readonly ends: readonly DeviceEnd[];
} {
  const [, deviceKey = ''] = (row.rowKey ?? '').split('|');
  const columns = Object.keys(row).filter((name) => /^e\d{8}$/.test(name));
  const ends = columns.toSorted().map((name) => JSON.parse(String(row[name])) as DeviceEnd);
  return { deviceId: decodeKeyPart(deviceKey), ends };
}

function padded(attempt: number): string {
  return String(attempt).padStart(8, '0');
}
