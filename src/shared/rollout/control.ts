import { conditionFault } from './condition-text.ts';
import type { HubConfigurations } from './hub-configurations.ts';
import { reconcile } from './hub-reconciliation.ts';
import type { JournalAction } from './journal.ts';
import {
  afterAction,
  allowedActions,
  approvalOf,
  type ControlAction,
  type RolloutState,
} from './lifecycle.ts';
import type { Plan } from './plan.ts';
import { retire } from './retirement.ts';
import type { RolloutPosition, RolloutRecord } from './rollout.ts';
import { stepFrom } from './rollout-steps.ts';
import type { RolloutStore } from './rollout-store.ts';

export interface ControlParts {
  readonly rollouts: RolloutStore;
  readonly configurations: HubConfigurations;
  readonly now: () => Date;
}

/** What a person asks for. */
export type ControlRequest = {
  readonly actor: string;
  readonly reason: string;
  /** The entity tag that the person has seen; the request fails where the rollout has moved since. */
  readonly ifMatch: string | undefined;
} & (
  | { readonly action: Exclude<ControlAction, 'retarget' | 'revert'> }
  | {
      readonly action: 'retarget';
      readonly priority?: number | undefined;
      readonly targetCondition?: string | undefined;
    }
);

export type ControlResult =
  | { readonly kind: 'done'; readonly rollout: RolloutRecord }
  | { readonly kind: 'not-found' }
  /** Not possible in this state; `possible` is. */
  | {
      readonly kind: 'wrong-state';
      readonly state: RolloutState;
      readonly possible: readonly ControlAction[];
    }
  | { readonly kind: 'changed' }
  | { readonly kind: 'invalid'; readonly pointer: string; readonly message: string };

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
 * told. Where the hub does not answer, what was decided stands and the timer tells it; HubError is thrown
 * then. A request without `ifMatch` is decided anew where the service itself moved in between.
 */
export async function control(
  parts: ControlParts,
  id: string,
  request: ControlRequest,
): Promise<ControlResult> {
  for (;;) {
    const rollout = await parts.rollouts.get(id);
    if (!rollout) return { kind: 'not-found' };
    if (request.ifMatch !== undefined && request.ifMatch !== String(rollout.revision))
      return { kind: 'changed' };
    const possible = allowedActions(rollout);
    if (!possible.includes(request.action)) return { kind: 'wrong-state', state: rollout.state, possible };
    const moved = await move(parts, rollout, request);
    if (moved === 'overtaken') continue;
    if ('kind' in moved) return moved;
    return { kind: 'done', rollout: (await parts.rollouts.get(id)) ?? moved };
  }
}

async function move(
  parts: ControlParts,
  rollout: RolloutRecord,
  request: ControlRequest,
): Promise<RolloutRecord | 'overtaken' | Extract<ControlResult, { kind: 'invalid' }>> {
  const cause = { actor: request.actor, reason: request.reason };
  if (request.action === 'retire') return retire(parts, rollout, cause, parts.now());
  const plan = planAfter(rollout.plan, request);
  if ('kind' in plan) return plan;
  const step = stepFrom(
    rollout,
    positionAfter(rollout, request),
    { action: journalActions[request.action], ...cause, inputs: inputsOf(request) },
    parts.now(),
  );
  const moved = await parts.rollouts.transition(rollout, step.position, step.entry, plan);
  if (moved !== 'overtaken') await reconcile(parts, rollout.id);
  return moved;
}

function positionAfter(rollout: RolloutRecord, request: ControlRequest): Partial<RolloutPosition> {
  const state = afterAction(rollout.state, request.action);
  switch (request.action) {
    case 'approve':
      return { state, ...approved(rollout) };
    case 'retarget':
      return { state, ...(request.priority !== undefined && { priority: request.priority }) };
    case 'pause':
    case 'resume':
    case 'stop':
    case 'retire':
      return { state };
  }
}

function approved(rollout: RolloutRecord): Partial<RolloutPosition> {
  const { approvedStage, overruledStage = rollout.overruledStage } = approvalOf(rollout);
  return { approvedStage, overruledStage };
}

function planAfter(plan: Plan, request: ControlRequest): Plan | Extract<ControlResult, { kind: 'invalid' }> {
  if (request.action !== 'retarget' || request.targetCondition === undefined) return plan;
  const fault = conditionFault(request.targetCondition);
  if (fault !== undefined)
    return { kind: 'invalid', pointer: 'targetCondition', message: `The condition ${fault}` };
  return { ...plan, targetCondition: request.targetCondition };
}

function inputsOf(request: ControlRequest): Record<string, string | number> {
  if (request.action !== 'retarget') return {};
  return {
    ...(request.priority !== undefined && { priority: request.priority }),
    ...(request.targetCondition !== undefined && { targetCondition: request.targetCondition }),
  };
}
