import type { ConfigurationTarget } from './hub-configurations.ts';
import type { NewRollout, RolloutPosition } from './rollout.ts';
import { NOBODY, stageCondition } from './stage-condition.ts';

/**
 * Whom a rollout's configuration selects: nobody before the first stage and after a stop, else
 * everybody in the stages that are open. A pause leaves what is open open.
 */
export function hubTarget(
  rollout: Pick<NewRollout, 'plan' | 'windowStart'> &
    Pick<RolloutPosition, 'state' | 'stage' | 'buckets' | 'priority'>,
): ConfigurationTarget {
  const { plan, state, stage, buckets, windowStart, priority } = rollout;
  const withdrawn = state === 'stopped' || state === 'retired' || stage < 0;
  return {
    targetCondition: withdrawn ? NOBODY : stageCondition(plan, stage, buckets, windowStart),
    priority,
  };
}
