import type { RolloutCounts } from '../status/ledger-reads.ts';
import type { Evidence } from './gate.ts';
import type { RolloutRecord } from './rollout.ts';

/** After this the hub has evaluated a changed condition at least once (it does so every five minutes). */
const EVALUATED_AFTER_MS = 10 * 60_000;

/** The counts that a stage's evidence is measured from. */
export function baselineOf(counts: RolloutCounts, targeted: number): RolloutRecord['baseline'] {
  return { succeeded: counts.byState.Succeeded, failed: failedOf(counts), targeted };
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
  const { Downloading, Verifying, Applying, Succeeded, AlreadyCurrent } = byState;
  return {
    succeeded: Math.max(0, Succeeded - rollout.baseline.succeeded),
    failed: Math.max(0, failedOf(counts) - rollout.baseline.failed),
    stuck,
    working: Downloading + Verifying + Applying - retrying,
    targeted: targetedBy(rollout),
    ended: Succeeded + AlreadyCurrent + failedOf(counts),
  };
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
