import { BUCKETS } from './bucket.ts';
import type { FleetQueries } from './fleet-queries.ts';
import { firstWidth } from './opening.ts';
import type { RolloutRecord } from './rollout.ts';
import { stageCondition, stageReached, widen } from './stage-condition.ts';

export interface ChosenWidth {
  /** The stage that the rollout then stands at: the last one where the window had to take everybody. */
  readonly stage: number;
  readonly buckets: number;
  /** Devices that the condition selects now. */
  readonly targeted: number;
}

/**
 * How wide the window of a stage is: its share, widened until it adds as many devices as the plan asks
 * for, so that a fleet of twenty is staged as sensibly as one of a million. Counts with a few twin
 * queries (at most fifteen). Throws HubError.
 */
export async function stageWidth(
  fleet: Pick<FleetQueries, 'count'>,
  rollout: Pick<RolloutRecord, 'plan' | 'stage' | 'buckets' | 'windowStart'>,
  next: number,
): Promise<ChosenWidth> {
  const { plan, windowStart, stage, buckets: before } = rollout;
  const opening = plan.stages[next] ?? plan.stages[0];
  const conditionOf = (index: number, buckets: number) => stageCondition(plan, index, buckets, windowStart);
  const offered = stage < 0 ? 0 : await fleet.count(conditionOf(stage, before));
  let buckets = firstWidth(opening, before);
  let targeted = await fleet.count(conditionOf(next, buckets));
  while (opening.kind === 'percent' && buckets < BUCKETS && targeted - offered < opening.minDevices) {
    buckets = widen(buckets);
    targeted = await fleet.count(conditionOf(next, buckets));
  }
  return { stage: stageReached(plan, next, buckets), buckets, targeted };
}
