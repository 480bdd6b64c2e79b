import type { Release } from '../firmware/release.ts';
import { servedRelease } from '../firmware/served-release.ts';
import type { RolloutCounts } from '../status/ledger-reads.ts';
import type { RecountSummary } from '../status/shard-recount.ts';
import { evidenceOf } from './evidence.ts';
import { hubTarget } from './hub-target.ts';
import { allowedActions, decide } from './lifecycle.ts';
import type { Plan } from './plan.ts';
import { leftOverOf } from './left-over.ts';
import type { PendingListing } from './pending-listing.ts';
import type { RolloutRecord } from './rollout.ts';

/** A rollout as it is listed. */
export function servedRollout(rollout: RolloutRecord) {
  const { id, deviceType, version, state, createdAt, plan, planName, priority, labels, observation } =
    rollout;
  return {
    id,
    deviceType,
    version,
    state,
    reason: rollout.reason,
    revision: rollout.revision,
    createdAt,
    targetCondition: plan.targetCondition,
    priority,
    labels,
    plan: planName,
    stage: rollout.stage,
    stages: plan.stages.length,
    /** What the hub last said; absent before it was asked. */
    hub: observation && {
      targeted: observation.targeted,
      applied: observation.applied,
      observedAt: observation.observedAt,
    },
  };
}

/** What is known of a rollout beside its row. */
interface KnownBesides {
  readonly release: Release | undefined;
  readonly counts: RolloutCounts;
  readonly recount: RecountSummary | undefined;
  /** Of a rollout that was completed: how far its pending devices are listed. */
  readonly pendingListing?: PendingListing | undefined;
}

/** A rollout with its release, its configuration, its stages and how many devices are in each state. */
export function servedRolloutDetail(
  rollout: RolloutRecord,
  { release, counts, recount, pendingListing }: KnownBesides,
  now: Date,
) {
  const { observation } = rollout;
  const stuck = observation?.stuck ?? 0;
  const evidence = evidenceOf(rollout, counts, stuck);
  const decision = decide(rollout, evidence, now);
  return {
    ...servedRollout(rollout),
    configuration: {
      id: rollout.id,
      ...hubTarget(rollout),
      /** Whether the hub has been told of the newest decision. */
      current: rollout.appliedRevision >= rollout.revision,
    },
    release: release && servedRelease(release),
    counts: counts.byState,
    /** Devices that have reported anything to this rollout. */
    seen: counts.seen,
    /** Targeted devices that have reported nothing; absent while the hub has not said how many it targets. */
    pending: observation && Math.max(0, observation.targeted - counts.seen),
    stuck,
    retrying: counts.retrying,
    /** Of a completed rollout: whom it has not brought to a good end. */
    leftOver:
      rollout.state === 'completed' || pendingListing !== undefined
        ? {
            ...leftOverOf(counts, stuck, evidence.targetedInAll),
            pendingDevices: pendingListing && servedListing(pendingListing),
          }
        : undefined,
    /** How far the counts were right when they were last compared with the rows; absent before that. */
    recount,
    planDetail: servedPlan(rollout.plan),
    openedStages: rollout.plan.stages.slice(0, rollout.stage + 1).map(({ name }) => name),
    stageOpenedAt: rollout.stageOpenedAt === '' ? undefined : rollout.stageOpenedAt,
    /** Numbers of the open stage that its gate judges. */
    evidence,
    /** What the timer would do now, and why; the hub is not asked, so a stage may first have to be counted. */
    next: { decision: decision.kind, reasons: decision.reasons },
    possibleActions: allowedActions(rollout),
  };
}

/** Absent until the list is whole. */
function servedListing({ determinedAt, devices, truncated }: PendingListing) {
  return determinedAt === undefined ? undefined : { devices, truncated, determinedAt };
}

/** Its stages with their gates; labels, priority and target condition are the rollout's own by now. */
function servedPlan({ stages, onGateFailed, limits, window, deadlineHours }: Plan) {
  return { stages: [...stages], onGateFailed, limits, window, deadlineHours };
}
