import type { FleetQueries } from './fleet-queries.ts';
import { BUCKETS } from './bucket.ts';
import { firstWidth, needsBuckets } from './opening.ts';
import type { RolloutRecord } from './rollout.ts';
import { stageCondition, stageReached, widen, widestWindow } from './stage-condition.ts';

export interface ChosenWidth {
  /** The stage that the rollout then stands at: the last one where the window had to take everybody. */
  readonly stage: number;
  readonly buckets: number;
  /** Devices that the condition selects now. */
  readonly targeted: number;
}

/** The tags of a large part of the fleet do not show in the hub's queries yet. Passing. */
export class TagsNotVisibleError extends Error {
  readonly code = 'bucket-tags-not-visible';
  constructor(seen: number, expected: number) {
    super(`The hub's queries show ${seen} devices in a window of buckets that should hold about ${expected}`);
    this.name = 'TagsNotVisibleError';
  }
}

/**
 * How wide the window of a stage is: its share, widened until it adds as many devices as the plan asks
 * for, so that a fleet of twenty is staged as sensibly as one of a million, but never over a stage that a
 * person has to approve. Counts with a few twin queries (at most sixteen). Throws HubError and
 * TagsNotVisibleError: a count that cannot be right must not open a stage.
 */
export async function stageWidth(
  fleet: Pick<FleetQueries, 'count'>,
  rollout: Pick<RolloutRecord, 'plan' | 'stage' | 'buckets' | 'windowStart'>,
  next: number,
): Promise<ChosenWidth> {
  const { plan, windowStart, stage, buckets: before } = rollout;
  const opening = plan.stages[next] ?? plan.stages[0];
  const count = async (index: number, buckets: number) =>
    fleet.count(stageCondition(plan, index, buckets, windowStart));
  const widest = widestWindow(plan, next);
  let buckets = Math.min(widest, firstWidth(opening, before));
  let targeted = await count(next, buckets);
  if (needsBuckets(opening)) {
    const everybody = await fleet.count(plan.targetCondition);
    const offered = stage < 0 ? 0 : await count(stage, before);
    while (buckets < widest && targeted - offered < opening.minDevices && targeted < everybody) {
      buckets = Math.min(widest, widen(buckets));
      targeted = await count(next, buckets);
    }
    assertVisible(targeted, (everybody * buckets) / BUCKETS);
  }
  return { stage: stageReached(plan, next, buckets), buckets, targeted };
}

/** Buckets are even: a window that holds far fewer devices than its share has not been indexed yet. */
function assertVisible(seen: number, expected: number): void {
  if (seen * 4 < expected - 20) throw new TagsNotVisibleError(seen, Math.round(expected));
}
