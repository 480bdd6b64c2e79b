import { HubError } from '../azure/hub-error.ts';
import type { HubConfigurations } from './hub-configurations.ts';
import { hubTarget } from './hub-target.ts';
import type { RolloutStore } from './rollout-store.ts';

export interface ReconciliationParts {
  readonly rollouts: Pick<RolloutStore, 'get' | 'markApplied' | 'markMissing'>;
  readonly configurations: Pick<HubConfigurations, 'retarget'>;
}

/**
 * Makes the hub's configuration what the rollout's row says. A decision is written down before the hub
 * is told, so this can be repeated until it succeeds, by anybody: the row is read after the
 * configuration, and the configuration's etag lets only the one with the newest row win. `missing`: a
 * person has removed the configuration, or it is not there yet. Throws HubError and what the store throws.
 */
export async function reconcile(parts: ReconciliationParts, id: string): Promise<'applied' | 'missing'> {
  const before = await parts.rollouts.get(id);
  if (!before) throw new RolloutGoneError(id);
  let { revision } = before;
  const outcome = await parts.configurations.retarget(id, async () => {
    const rollout = await parts.rollouts.get(id);
    if (!rollout) throw new RolloutGoneError(id);
    ({ revision } = rollout);
    return hubTarget(rollout);
  });
  // A configuration that is not there selects nobody, whatever the row says: there is nothing to tell.
  if (outcome === 'missing') await parts.rollouts.markMissing(before);
  else await parts.rollouts.markApplied(id, revision);
  return outcome;
}

/**
 * The same for somebody who waits for an answer: what was decided stands, and where the hub cannot be told
 * now, the timer tells it. Answers the hub's error then. Throws what the store throws.
 */
export async function tellHub(parts: ReconciliationParts, id: string): Promise<HubError | undefined> {
  try {
    await reconcile(parts, id);
    return undefined;
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
}

/** The rollout was taken back between two steps. Passing: there is nothing left to do. */
export class RolloutGoneError extends Error {
  readonly code = 'rollout-gone';
  constructor(id: string) {
    super(`The rollout ${id} is not there any more`);
    this.name = 'RolloutGoneError';
  }
}
