import type { RolloutRecord } from '../rollout/rollout.ts';
import { withStuck } from '../rollout/stuck.ts';
import type { DeviceUpdateDetail } from './device-history.ts';
import { inParallel } from './in-parallel.ts';
import type { LedgerReads } from './ledger-reads.ts';

/** One device across all rollouts. */
export interface DeviceView {
  readonly deviceId: string;
  /** What it runs as far as it said, and when it said so. */
  readonly currentVersion: string | undefined;
  readonly lastReportAt: string;
  /** Its way through each rollout that it has reported to, the newest rollout first. */
  readonly updates: readonly (DeviceUpdateDetail & {
    readonly deviceType: string;
    readonly version: string;
  })[];
}

/** Point reads in flight at once. */
const READS_AT_ONCE = 24;

/**
 * The updates that a device went through: one point read for each rollout, in parallel, and no write
 * was needed to make it possible. Undefined where the device has reported to none.
 */
export async function deviceView(
  reads: Pick<LedgerReads, 'deviceUpdate'>,
  rollouts: readonly RolloutRecord[],
  deviceId: string,
  now: Date,
): Promise<DeviceView | undefined> {
  const found = await inParallel(rollouts, READS_AT_ONCE, async (rollout) => {
    const update = await reads.deviceUpdate(rollout, deviceId);
    if (!update) return undefined;
    const { deviceType, version, plan } = rollout;
    return { ...withStuck(update, plan.limits, now), deviceType, version };
  });
  const updates = found.filter((update) => update !== undefined);
  const newest = updates.toSorted((a, b) => b.lastReportAt.localeCompare(a.lastReportAt))[0];
  return (
    newest && { deviceId, currentVersion: newest.currentVersion, lastReportAt: newest.lastReportAt, updates }
  );
}
