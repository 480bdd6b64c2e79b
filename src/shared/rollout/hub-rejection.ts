import type { HubError } from '../azure/hub-error.ts';
import { redact } from '../redact.ts';
import { type ReconciliationParts, RolloutGoneError, tellHub } from './hub-reconciliation.ts';
import { SERVICE } from './journal.ts';
import type { RolloutPosition } from './rollout.ts';
import { type Step, stepFrom } from './rollout-steps.ts';
import type { RolloutStore } from './rollout-store.ts';

/**
 * Pauses a rollout whose condition the hub does not take, with the hub's words: nobody but a person can mend
 * that, and asking again would give the same answer for ever. Answers the step, `overtaken`, or undefined where the
 * rollout is paused already. Of any other state the hub's error is thrown.
 * @param opened the stage that was just opened, which the hub then did not take, and where the rollout stood before
 */
export async function pauseRejected(
  parts: ReconciliationParts & { readonly rollouts: Pick<RolloutStore, 'transition'> },
  id: string,
  rejected: HubError,
  now: Date,
  opened?: { readonly revision: number; readonly before: Partial<RolloutPosition> },
): Promise<Step | 'overtaken' | undefined> {
  const rollout = await parts.rollouts.get(id);
  if (!rollout) throw new RolloutGoneError(id);
  if (rollout.state === 'paused') return undefined;
  if (rollout.state !== 'running') throw rejected;
  const reason = `IoT Hub does not take the target condition: "${redact(rejected.message)}". Retarget the rollout and resume it, or stop it.`;
  const cause = { action: 'paused', actor: SERVICE, reason } as const;
  const back = rollout.revision === opened?.revision ? opened.before : {};
  const step = stepFrom(rollout, { ...back, state: 'paused' }, cause, now);
  if ((await parts.rollouts.transition(rollout, step.position, step.entry)) === 'overtaken')
    return 'overtaken';
  // What the hub has already it takes; else it keeps what it has, and the row says that it was not told.
  await tellHub(parts, id);
  return step;
}
