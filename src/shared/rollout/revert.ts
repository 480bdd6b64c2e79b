import type { HubError } from '../azure/hub-error.ts';
import type { Admission } from '../firmware/admission.ts';
import { compareVersions } from '../firmware/version.ts';
import { type ControlCause, type ControlRefusal, refusalOf } from './control.ts';
import { tellHub } from './hub-reconciliation.ts';
import { hubTarget } from './hub-target.ts';
import { afterAction, allowedActions } from './lifecycle.ts';
import { republish } from './republishing.ts';
import type { RolloutRecord } from './rollout.ts';
import { stepFrom } from './rollout-steps.ts';
import { NOBODY } from './stage-condition.ts';

export interface RevertRequest extends ControlCause {
  /** What the earlier image is published as; devices that take a lower version need none. */
  readonly version: string | undefined;
}

export type RevertResult =
  /** `rollout`: the one that devices follow now. `hubError`: why the hub could not be told of the stop yet. */
  | { readonly kind: 'done'; readonly rollout: RolloutRecord; readonly hubError: HubError | undefined }
  /** Why there is no way back like this, and which other way there is. */
  | { readonly kind: 'impossible'; readonly message: string }
  | ControlRefusal;

/**
 * Takes devices back from a rollout to the release before it. With a version, the earlier image is
 * published again under that version, through the same admission as every upload; without one, which only
 * devices that take a lower version understand, the earlier rollout's configuration applies again. Then the
 * rollout is stopped. Every step can be repeated: the same request again finishes what a crash left open.
 * Throws HubError, and what the stores throw.
 */
export async function revert(parts: Admission, id: string, request: RevertRequest): Promise<RevertResult> {
  const rollout = await parts.rollouts.get(id);
  const refused = refusalOf(rollout, request, 'revert');
  if (!rollout || refused) return refused ?? { kind: 'not-found' };
  const { version } = request;
  if (version === undefined && !parts.policy.profileOf(rollout.deviceType).allowsDowngrade) {
    const message = 'is needed: the devices ignore a version that is not higher than the one that they run';
    return { kind: 'invalid', member: 'version', message };
  }
  const successor =
    version === undefined ? await lowered(parts, rollout) : await republish(parts, rollout, version);
  if ('kind' in successor) return successor;
  await end(parts, id, request, successor);
  const hubError = await tellHub(parts, id);
  return { kind: 'done', rollout: (await parts.rollouts.get(successor.id)) ?? successor, hubError };
}

/** The earlier rollout whose configuration the hub applies once this one selects nobody. */
async function lowered(
  { rollouts }: Pick<Admission, 'rollouts'>,
  rollout: RolloutRecord,
): Promise<RolloutRecord | Extract<RevertResult, { kind: 'impossible' }>> {
  const next = nextInLine(await rollouts.list(), rollout);
  if (next) return next;
  return {
    kind: 'impossible',
    message:
      `No earlier rollout of ${rollout.deviceType} for the target "${rollout.plan.targetCondition}" is open, so nothing would apply in the place of ` +
      `${rollout.version}. Send a version above ${rollout.version}, and the earlier image is published again as that.`,
  };
}

/**
 * Of the rollouts of a lower version for the same devices, the one that wins on the hub: the highest
 * priority, then the newest. Pure.
 */
export function nextInLine(
  rollouts: readonly RolloutRecord[],
  { deviceType, version, plan }: Pick<RolloutRecord, 'deviceType' | 'version' | 'plan'>,
): RolloutRecord | undefined {
  return rollouts
    .filter(
      (other) =>
        other.deviceType === deviceType &&
        other.plan.targetCondition === plan.targetCondition &&
        compareVersions(other.version, version) < 0 &&
        hubTarget(other).targetCondition !== NOBODY,
    )
    .toSorted((a, b) => b.priority - a.priority || (a.createdAt < b.createdAt ? 1 : -1))[0];
}

/** Stops the rollout, whatever the timer does to it meanwhile; one that has ended by itself stays as it is. */
async function end(
  { rollouts, now }: Admission,
  id: string,
  { actor, reason }: ControlCause,
  successor: Pick<RolloutRecord, 'id' | 'version'>,
): Promise<void> {
  for (;;) {
    const rollout = await rollouts.get(id);
    if (!rollout || !allowedActions(rollout).includes('revert')) return;
    const inputs = { to: successor.id, version: successor.version };
    const step = stepFrom(
      rollout,
      { state: afterAction(rollout.state, 'revert') },
      { action: 'reverted', actor, reason, inputs },
      now(),
    );
    if ((await rollouts.transition(rollout, step.position, step.entry)) !== 'overtaken') return;
  }
}
