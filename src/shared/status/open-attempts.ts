import type { TableAccess } from '../azure/table-access.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { DEVICE_COLUMNS, fromDeviceRow } from './device-row.ts';
import { type DeviceUpdate, placeOf } from './device-update.ts';
import { inParallel } from './in-parallel.ts';
import { deviceKey, shardKey, shardOf } from './ledger-keys.ts';
import type { DeviceReport } from './twin-change.ts';

/** Point reads in flight at once. */
const READS_AT_ONCE = 8;

/**
 * The rollout to which a report belongs that does not name its version: the only one in which the
 * device is on its way, or, for a report that was recorded before, the only one whose record reaches
 * over its version. Undefined where it cannot be told. It reads the device's row of every candidate:
 * devices whose patches are that short are costly, and the documents say so.
 */
export async function rolloutOfOpenAttempt(
  access: TableAccess,
  report: DeviceReport,
  candidates: readonly Rollout[],
): Promise<Rollout | undefined> {
  const updates = await inParallel(candidates, READS_AT_ONCE, async (rollout) => ({
    rollout,
    update: await readDevice(access, rollout, report.deviceId),
  }));
  const matching = (matches: (update: DeviceUpdate) => boolean): readonly Rollout[] =>
    updates.filter(({ update }) => update !== undefined && matches(update)).map(({ rollout }) => rollout);
  const open = matching((update) => isOpen(update) && placeOf(update, report) === 'newer');
  if (open.length > 0) return only(open);
  return only(
    matching((update) => update.firstVersion <= report.version && placeOf(update, report) === 'late'),
  );
}

async function readDevice(
  access: TableAccess,
  rollout: Rollout,
  deviceId: string,
): Promise<DeviceUpdate | undefined> {
  const partitionKey = shardKey(rollout.id, shardOf(rollout, deviceId));
  const row = await access.get(partitionKey, deviceKey(deviceId), DEVICE_COLUMNS);
  return row === undefined ? undefined : fromDeviceRow(row).update;
}

function isOpen({ state }: DeviceUpdate): boolean {
  return state === 'Downloading' || state === 'Verifying' || state === 'Applying';
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
