import type { RolloutRecord } from '../rollout/rollout.ts';
import { type Stuck, withDiagnosis } from '../rollout/diagnosis.ts';
import type { StuckConnections } from '../rollout/stuck-connections.ts';
import { stuckSince } from '../rollout/stuck.ts';
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
    readonly stuck?: Stuck;
  })[];
}

/** Point reads in flight at once. */
const READS_AT_ONCE = 24;

/**
 * The updates that a device went through: one point read for each rollout, in parallel, and one
 * more where it is stuck; no write was needed to make it possible. Undefined where the device has reported to none.
 */
export async function deviceView(
  reads: Pick<LedgerReads, 'deviceUpdate'>,
  connections: Pick<StuckConnections, 'of'>,
  rollouts: readonly RolloutRecord[],
  deviceId: string,
  now: Date,
): Promise<DeviceView | undefined> {
  const found = await inParallel(rollouts, READS_AT_ONCE, async (rollout) => {
    const update = await reads.deviceUpdate(rollout, deviceId);
    if (!update) return undefined;
    const { deviceType, version, plan } = rollout;
    const isStuck = stuckSince(update, plan.limits, now) !== undefined;
    const known = isStuck ? await connections.of(rollout.id, [deviceId]) : undefined;
    return { ...withDiagnosis(update, known?.get(deviceId), plan.limits, now), deviceType, version };
  });
  const updates = found.filter((update) => update !== undefined);
  const newest = updates.toSorted((a, b) => b.lastReportAt.localeCompare(a.lastReportAt))[0];
  return (
    newest && { deviceId, currentVersion: newest.currentVersion, lastReportAt: newest.lastReportAt, updates }
  );
}
