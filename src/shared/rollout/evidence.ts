import type { RolloutCounts } from '../status/ledger-reads.ts';
import type { Evidence } from './gate.ts';
import type { Baseline, RolloutRecord } from './rollout.ts';

/** After this the hub has evaluated a changed condition at least once (it does so every five minutes). */
const EVALUATED_AFTER_MS = 10 * 60_000;

/**
 * The counts that a stage's evidence is measured from.
 * @param targeted devices that its condition selects, and `before` those that the stages before it selected
 */
export function baselineOf(counts: RolloutCounts, targeted: number, before: number): Baseline {
  const { Succeeded: succeeded } = counts.byState;
  return { succeeded, failed: failedOf(counts), ended: endedOf(counts), targeted, before };
}

/**
 * What the ledger's counts say of the open stage. A device that tries again after it failed or fell back
 * still counts as failed, or the evidence against an image would come and go with its attempts.
 */
export function evidenceOf(
  rollout: Pick<RolloutRecord, 'baseline' | 'observation' | 'stageOpenedAt'>,
  counts: RolloutCounts,
  stuck: number,
): Evidence {
  const { byState, retrying } = counts;
  const { Downloading, Verifying, Applying, Succeeded } = byState;
  const { baseline } = rollout;
  const targetedInAll = targetedBy(rollout);
  return {
    succeeded: Math.max(0, Succeeded - baseline.succeeded),
    failed: Math.max(0, failedOf(counts) - baseline.failed),
    stuck,
    working: Downloading + Verifying + Applying - retrying,
    targeted: Math.max(0, targetedInAll - baseline.before),
    ended: Math.max(0, endedOf(counts) - baseline.ended),
    targetedInAll,
    endedInAll: endedOf(counts),
  };
}

function endedOf(counts: RolloutCounts): number {
  return counts.byState.Succeeded + counts.byState.AlreadyCurrent + failedOf(counts);
}

function failedOf({ byState, retrying }: RolloutCounts): number {
  return byState.Failed + byState.Reverted + retrying;
}

/**
 * Devices that the open stages select: as counted when the stage opened. The hub's own number follows later:
 * until it has surely evaluated the new condition it may only add to that.
 */
function targetedBy({
  baseline,
  observation,
  stageOpenedAt,
}: Pick<RolloutRecord, 'baseline' | 'observation' | 'stageOpenedAt'>): number {
  if (!observation) return baseline.targeted;
  const since = Date.parse(observation.observedAt) - Date.parse(stageOpenedAt);
  return since >= EVALUATED_AFTER_MS
    ? observation.targeted
    : Math.max(baseline.targeted, observation.targeted);
}
