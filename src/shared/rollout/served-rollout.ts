import type { Release } from '../firmware/release.ts';
import { servedRelease } from '../firmware/served-release.ts';
import type { RolloutCounts } from '../status/ledger-reads.ts';
import type { RolloutRecord } from './rollout.ts';

/** A rollout as it is listed. */
export function servedRollout(rollout: RolloutRecord) {
  const { id, deviceType, version, state, createdAt, targetCondition, priority, labels, progress } = rollout;
  return {
    id,
    deviceType,
    version,
    state,
    createdAt,
    targetCondition,
    priority,
    labels,
    /** What the hub last said; absent before it was asked. */
    hub: progress && {
      targeted: progress.targeted,
      applied: progress.applied,
      observedAt: progress.observedAt,
    },
  };
}

/** A rollout with its release, its configuration and how many devices are in each state. */
export function servedRolloutDetail(
  rollout: RolloutRecord,
  release: Release | undefined,
  counts: RolloutCounts,
) {
  return {
    ...servedRollout(rollout),
    configuration: { id: rollout.id, targetCondition: rollout.targetCondition, priority: rollout.priority },
    release: release && servedRelease(release),
    counts: counts.byState,
    /** Devices that have reported anything to this rollout. */
    seen: counts.seen,
    /** Targeted devices that have reported nothing; absent while the hub has not said how many it targets. */
    pending: rollout.progress && Math.max(0, rollout.progress.targeted - counts.seen),
  };
}
