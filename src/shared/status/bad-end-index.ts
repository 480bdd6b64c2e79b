import type { TransactionAction } from '@azure/data-tables';
import { encodeKeyPart } from '../azure/table-keys.ts';
import { type DeviceColumns, toDeviceColumns } from './device-row.ts';
import type { DeviceUpdate, DeviceUpdateState } from './device-update.ts';
import { rowPrefix } from './ledger-keys.ts';

/**
 * States with an index: few devices are in them, and those are what people look for. A row holds the columns
 * of the device row, so that a page of such devices costs the page.
 */
export const indexedStates = ['Failed', 'Reverted'] as const;
export type IndexedState = (typeof indexedStates)[number];

/** A device in an index. */
export interface IndexEntry {
  readonly state: IndexedState;
  readonly deviceId: string;
}

const prefixes = { Failed: rowPrefix.failed, Reverted: rowPrefix.reverted } as const;

export function isIndexed(state: DeviceUpdateState | undefined): state is IndexedState {
  return state === 'Failed' || state === 'Reverted';
}

export function indexPrefix(state: IndexedState): string {
  return prefixes[state];
}

export function indexKey({ state, deviceId }: IndexEntry): string {
  return prefixes[state] + encodeKeyPart(deviceId);
}

/**
 * What keeps the index as the device row is; it goes into the transaction that writes that row. A device is
 * in the index of its state alone.
 */
export function indexActions(
  partitionKey: string,
  deviceId: string,
  before: DeviceUpdateState | undefined,
  after: DeviceUpdate,
  embedded: number,
): TransactionAction[] {
  const actions: TransactionAction[] = [];
  if (isIndexed(before) && before !== after.state) {
    actions.push(unindexed(partitionKey, { state: before, deviceId }));
  }
  if (isIndexed(after.state)) {
    const entry = { state: after.state, deviceId };
    actions.push(indexed(partitionKey, entry, toDeviceColumns(after, embedded)));
  }
  return actions;
}

export function indexed(partitionKey: string, entry: IndexEntry, columns: DeviceColumns): TransactionAction {
  return ['upsert', { partitionKey, rowKey: indexKey(entry), ...columns }, 'Replace'];
}

export function unindexed(partitionKey: string, entry: IndexEntry): TransactionAction {
  return ['delete', { partitionKey, rowKey: indexKey(entry) }];
}
