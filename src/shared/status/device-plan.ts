import type { TransactionAction } from '@azure/data-tables';
import type { TableRow } from '../azure/table-access.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { StateChange } from './counts.ts';
import type { KnownDevice } from './device-cache.ts';
import { indexActions } from './bad-end-index.ts';
import { badEnds, endActions } from './device-ends.ts';
import { toDeviceColumns } from './device-row.ts';
import { type DeviceUpdate, evolve, type HistoryEntry } from './device-update.ts';
import { EMBEDDED_MAX, fromColumns, historyColumn, splitHistory, toColumns } from './history-columns.ts';
import { deviceKey, overflowPrefix } from './ledger-keys.ts';
import type { DeviceReport } from './twin-change.ts';

/** What a batch's reports make of one device's row. */
export interface DevicePlan {
  readonly deviceId: string;
  readonly before: KnownDevice;
  readonly after: DeviceUpdate;
  readonly entries: readonly HistoryEntry[];
  /** The history outgrows the row: writing it needs the row as a whole. */
  readonly overflows: boolean;
}

/** The writes of one device, which go into one transaction together. */
export interface DeviceWrites {
  readonly plan: DevicePlan;
  /** The first one writes the device row. */
  readonly actions: TransactionAction[];
  readonly embedded: number;
  /** Whether a row for attempts that ended badly is among them. */
  readonly announcesEnds: boolean;
}

/** Folds the reports of one device, in the order of the Event Hub; undefined where nothing is to be written. */
export function planDevice(
  deviceId: string,
  before: KnownDevice,
  reports: readonly DeviceReport[],
  rollout: Rollout,
): DevicePlan | undefined {
  let update = before === 'absent' ? undefined : before.update;
  const entries: HistoryEntry[] = [];
  for (const report of reports) {
    const evolution = evolve(update, report, rollout);
    if (evolution.kind === 'unchanged') continue;
    update = evolution.next;
    entries.push(evolution.entry);
  }
  if (update === undefined || entries.length === 0) return undefined;
  const embedded = before === 'absent' ? 0 : before.embedded;
  return { deviceId, before, after: update, entries, overflows: embedded + entries.length > EMBEDDED_MAX };
}

/** How the device moves between the counts; undefined where it stays. */
export function stateChange({ before, after }: DevicePlan): StateChange | undefined {
  const from = before === 'absent' ? undefined : before.update;
  const same = from?.state === after.state && from.retrying === after.retrying;
  return same ? undefined : { from, to: after };
}

/**
 * The writes of a plan. `row` is the whole row; it is needed only where the history overflows. With
 * `announcesEnds` also what makes sure that attempts which ended badly are announced.
 */
export function writesOf(
  partitionKey: string,
  plan: DevicePlan,
  row: TableRow | undefined,
  announcesEnds: boolean,
): DeviceWrites {
  const { deviceId, before, after, entries } = plan;
  const keys = { partitionKey, rowKey: deviceKey(deviceId) };
  const ends = announcesEnds ? endActions(partitionKey, deviceId, badEnds(before, entries)) : [];
  const from = before === 'absent' ? undefined : before.update.state;
  const beside = (embedded: number) => [
    ...indexActions(partitionKey, deviceId, from, after, embedded),
    ...ends,
  ];
  const rest = { plan, announcesEnds: ends.length > 0 };
  if (plan.overflows) {
    const history = [...(row === undefined ? [] : fromColumns(row)), ...entries];
    const { embedded, overflow } = splitHistory(history);
    const whole = { ...keys, ...toDeviceColumns(after, embedded.length), ...toColumns(embedded) };
    const device: TransactionAction =
      before === 'absent' ? ['create', whole] : ['update', whole, 'Replace', { etag: before.etag }];
    const blocks = overflow.map((block) => overflowAction(partitionKey, deviceId, block));
    const actions = [device, ...blocks, ...beside(embedded.length)];
    return { ...rest, actions, embedded: embedded.length };
  }
  const embedded = (before === 'absent' ? 0 : before.embedded) + entries.length;
  const part = { ...keys, ...toDeviceColumns(after, embedded), ...toColumns(entries) };
  const device: TransactionAction =
    before === 'absent' ? ['create', part] : ['update', part, 'Merge', { etag: before.etag }];
  return { ...rest, actions: [device, ...beside(embedded)], embedded };
}

/** No two blocks begin with the same entry, so that the name is free. */
function overflowAction(
  partitionKey: string,
  deviceId: string,
  block: readonly HistoryEntry[],
): TransactionAction {
  const first = block[0] === undefined ? '' : historyColumn(block[0]);
  return ['create', { partitionKey, rowKey: overflowPrefix(deviceId) + first, ...toColumns(block) }];
}
