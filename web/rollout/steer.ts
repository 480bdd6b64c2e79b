import type { RolloutDetail } from '../../client/answers.ts';
import { apiClient } from '../live/api-client.ts';
import type { SteeringAction } from '../words/steering.ts';
import type { SteeringChoices } from './steering-fields.tsx';

interface Steered {
  readonly reason: string;
  readonly ifRevision: number;
  readonly choices: SteeringChoices;
}

/** Steers the rollout if it is still at the revision. Gives the rollout that devices follow then; throws a Problem. */
export async function steer(
  { id, targetCondition, priority }: RolloutDetail,
  action: SteeringAction,
  { reason, ifRevision, choices }: Steered,
): Promise<RolloutDetail> {
  const client = apiClient();
  const steering = { ifRevision };
  switch (action) {
    case 'pause':
    case 'resume':
    case 'stop':
    case 'approve':
      return client.control(id, action, { reason }, steering);
    case 'retire':
      return client.retire(id, reason, steering);
    case 'retarget': {
      const target = {
        ...(choices.targetCondition !== targetCondition && { targetCondition: choices.targetCondition }),
        ...(choices.priority !== priority && { priority: choices.priority }),
      };
      return client.retarget(id, { reason, ...target }, steering);
    }
    case 'revert': {
      const version = choices.version.trim();
      return client.revert(id, { reason, ...(version !== '' && { version }) }, steering);
    }
  }
}
