import type { HubError } from '../azure/hub-error.ts';
import type { FleetQueries } from './fleet-queries.ts';
import type { HubConfigurations } from './hub-configurations.ts';
import { tellHub } from './hub-reconciliation.ts';
import type { JournalAction } from './journal.ts';
import {
  afterAction,
  allowedActions,
  approvalOf,
  type ControlAction,
  type RolloutState,
} from './lifecycle.ts';
import { type Retargeting, retargeted } from './retargeting.ts';
import { retire } from './retirement.ts';
import type { RolloutPosition, RolloutRecord } from './rollout.ts';
import { stepFrom } from './rollout-steps.ts';
import type { RolloutStore } from './rollout-store.ts';

export interface ControlParts {
  readonly rollouts: RolloutStore;
  readonly configurations: HubConfigurations;
  readonly fleet: Pick<FleetQueries, 'count'>;
  readonly now: () => Date;
}

/** Who asks, and on what ground. */
export interface ControlCause {
  readonly actor: string;
  readonly reason: string;
  /** Revisions that the person has seen; the request fails where the rollout has none of them. Absent: any. */
  readonly ifRevision: readonly number[] | undefined;
}

/** What a person asks for. */
export type ControlRequest = ControlCause &
  (
    | { readonly action: Exclude<ControlAction, 'retarget' | 'revert'> }
    | ({ readonly action: 'retarget' } & Retargeting)
  );

/** Why nothing was done. */
export type ControlRefusal =
  | { readonly kind: 'not-found' }
  /** Not possible in this state; `possible` is. */
  | {
      readonly kind: 'wrong-state';
      readonly state: RolloutState;
      readonly possible: readonly ControlAction[];
    }
  /** Somebody has moved the rollout since the person looked at it; it is at this revision now. */
  | { readonly kind: 'changed'; readonly revision: number }
  /** The member of the request that is wrong. */
  | { readonly kind: 'invalid'; readonly member: string; readonly message: string };

export type ControlResult =
  /** `hubError`: why the hub could not be told yet; the timer tells it. */
  | { readonly kind: 'done'; readonly rollout: RolloutRecord; readonly hubError: HubError | undefined }
  | ControlRefusal;

const journalActions: Readonly<Record<ControlRequest['action'], JournalAction>> = {
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
  approve: 'approved',
  retarget: 'retargeted',
  retire: 'retired',
};

/**
 * Does what a person asks of a rollout: the transition is written with its journal entry, then the hub is
 * told. Where the hub does not answer, what was decided stands. A request without `ifRevision` is decided
 * anew where the service itself moved in between. Throws HubError where the hub is needed before anything
 * is decided (to retire, and to count the devices of a new condition), and what the store throws.
 */
export async function control(
  parts: ControlParts,
  id: string,
  request: ControlRequest,
): Promise<ControlResult> {
  for (;;) {
    const rollout = await parts.rollouts.get(id);
    const refused = refusalOf(rollout, request, request.action);
    if (!rollout || refused) return refused ?? { kind: 'not-found' };
    const moved = await move(parts, rollout, request);
    if (moved === 'overtaken') continue;
    if ('kind' in moved) return moved;
    const hubError = request.action === 'retire' ? undefined : await tellHub(parts, id);
    return { kind: 'done', rollout: (await parts.rollouts.get(id)) ?? moved, hubError };
  }
}

/** Why an action cannot be done to a rollout as it is; undefined where it can. Pure. */
export function refusalOf(
  rollout: RolloutRecord | undefined,
  { ifRevision }: Pick<ControlCause, 'ifRevision'>,
  action: ControlAction,
): Exclude<ControlRefusal, { kind: 'invalid' }> | undefined {
  if (!rollout) return { kind: 'not-found' };
  const { revision, state } = rollout;
  if (ifRevision !== undefined && !ifRevision.includes(revision)) return { kind: 'changed', revision };
  const possible = allowedActions(rollout);
  return possible.includes(action) ? undefined : { kind: 'wrong-state', state, possible };
}

async function move(
  parts: ControlParts,
  rollout: RolloutRecord,
  request: ControlRequest,
): Promise<RolloutRecord | 'overtaken' | Extract<ControlRefusal, { kind: 'invalid' }>> {
  const { action, actor, reason } = request;
  const now = parts.now();
  if (action === 'retire') return retire(parts, rollout, { actor, reason }, now);
  const cause = { action: journalActions[action], actor, reason };
  if (action === 'retarget') {
    const change = await retargeted(parts.fleet, rollout, request, now);
    if ('kind' in change) return change;
    const { position, plan, inputs } = change;
    const step = stepFrom(rollout, position, { ...cause, inputs }, now);
    return parts.rollouts.transition(rollout, step.position, step.entry, plan);
  }
  const step = stepFrom(rollout, positionAfter(rollout, action), cause, now);
  return parts.rollouts.transition(rollout, step.position, step.entry);
}

function positionAfter(
  rollout: RolloutRecord,
  action: Exclude<ControlRequest['action'], 'retarget' | 'retire'>,
): Partial<RolloutPosition> {
  const state = afterAction(rollout.state, action);
  if (action !== 'approve') return { state };
  const { approvedStage, overruledStage = rollout.overruledStage } = approvalOf(rollout);
  return { state, approvedStage, overruledStage };
}
