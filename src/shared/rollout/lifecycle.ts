import { type Evidence, hasEverybodyEnded, judgeGate, type Reason } from './gate.ts';
import type { Plan, Stage } from './plan.ts';
import { isWindowOpen, nextOpening } from './rollout-window.ts';

/** `starting` until the hub has accepted the configuration. */
export type RolloutState = 'starting' | 'running' | 'paused' | 'stopped' | 'completed' | 'retired';

/** What the timer does next with a rollout, and why. */
export type Decision =
  | { readonly kind: 'nothing'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'open-stage'; readonly stage: number; readonly reasons: readonly Reason[] }
  /** Nothing is done before a person approves; asked again at each run, it changes nothing. */
  | { readonly kind: 'await-approval'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'pause' | 'stop'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'complete'; readonly reasons: readonly Reason[] };

/** What a person may ask for. */
export const controlActions = ['pause', 'resume', 'stop', 'approve', 'retarget', 'retire', 'revert'] as const;
export type ControlAction = (typeof controlActions)[number];

export interface RolloutProgressView {
  readonly state: RolloutState;
  readonly plan: Plan;
  /** Index of the newest open stage; -1 before the first. */
  readonly stage: number;
  /** RFC 3339, UTC. */
  readonly stageOpenedAt: string;
  /** Index of the highest stage that a person has approved; -1 for none. */
  readonly approvedStage: number;
  /** Index of the stage whose gate a person has overruled, see `approvalOf`; absent for none. */
  readonly overruledStage?: number | undefined;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** Everything that moves a rollout: a person, the timer, and the hub that accepted the configuration. */
export type RolloutEvent = ControlAction | Decision['kind'] | 'accept';

/** State by state, what each event leads to; what is not named changes no state. docs/rollouts.md draws it. */
const transitions: Readonly<Record<RolloutState, Partial<Record<RolloutEvent, RolloutState>>>> = {
  starting: { accept: 'running', stop: 'stopped' },
  running: {
    pause: 'paused',
    stop: 'stopped',
    approve: 'running',
    retarget: 'running',
    revert: 'stopped',
    complete: 'completed',
  },
  paused: { resume: 'running', stop: 'stopped', approve: 'running', retarget: 'paused', revert: 'stopped' },
  stopped: { revert: 'stopped', retire: 'retired' },
  completed: { stop: 'stopped', revert: 'stopped', retire: 'retired' },
  retired: {},
};

/** The state after an event; one that the state does not know changes nothing. */
export function afterAction(state: RolloutState, action: RolloutEvent): RolloutState {
  return transitions[state][action] ?? state;
}

/** What a person may ask for now; everything else is refused with this list. */
export function allowedActions(
  rollout: Pick<RolloutProgressView, 'state' | 'stage' | 'approvedStage' | 'plan'>,
): readonly ControlAction[] {
  const { state, stage, approvedStage, plan } = rollout;
  const next = stage + 1;
  const isApprovable = state === 'paused' || (next < plan.stages.length && approvedStage < next);
  return controlActions.filter(
    (action) => transitions[state][action] !== undefined && (action !== 'approve' || isApprovable),
  );
}

/**
 * What a person's `approve` records. While the rollout runs it is the word that a stage waits for. In a
 * paused rollout the person has seen what held it up, so the gate of the open stage is overruled as well.
 */
export function approvalOf({
  state,
  stage,
}: Pick<RolloutProgressView, 'state' | 'stage'>): Pick<
  RolloutProgressView,
  'approvedStage' | 'overruledStage'
> {
  return state === 'paused' && stage >= 0
    ? { approvedStage: stage + 1, overruledStage: stage }
    : { approvedStage: stage + 1 };
}

/**
 * What comes next, for every state and any evidence. It never leaves a pause or a stop, opens one stage at
 * a time, and its answer depends on nothing but its arguments, so that two instances decide alike.
 */
export function decide(rollout: RolloutProgressView, evidence: Evidence, now: Date): Decision {
  switch (rollout.state) {
    case 'running':
      return decideRunning(rollout, evidence, now);
    case 'paused':
      return decidePaused(rollout, evidence, now);
    case 'starting':
    case 'stopped':
    case 'completed':
    case 'retired':
      return nothing('state', `the rollout is ${rollout.state}`);
  }
}

function decideRunning(rollout: RolloutProgressView, evidence: Evidence, now: Date): Decision {
  const { plan, stage } = rollout;
  const verdict = verdictOf(rollout, evidence, now);
  if (verdict.kind === 'fail') return { kind: plan.onGateFailed, reasons: verdict.reasons };
  const late = deadlineReason(rollout, now);
  if (late) return { kind: 'complete', reasons: [late] };
  if (stage >= plan.stages.length - 1) return decideLast(rollout, evidence, now);
  if (verdict.kind === 'pass') return openNext(rollout, now, verdict.reasons);
  if (!verdict.reasons.some(({ rule }) => rule === 'nobody-left')) {
    return { kind: 'nothing', reasons: verdict.reasons };
  }
  if (rollout.approvedStage > stage) return openNext(rollout, now, verdict.reasons);
  return { kind: 'await-approval', reasons: verdict.reasons };
}

/**
 * A pause keeps stages shut, but devices that have been offered the image go on. So where the plan wants a
 * failed gate to withdraw the offer, it does so here too.
 */
function decidePaused(rollout: RolloutProgressView, evidence: Evidence, now: Date): Decision {
  const verdict = verdictOf(rollout, evidence, now);
  if (verdict.kind === 'fail' && rollout.plan.onGateFailed === 'stop') {
    return { kind: 'stop', reasons: verdict.reasons };
  }
  return nothing('state', 'the rollout is paused until a person resumes it');
}

/** What the gate of the newest open stage says. There is none before the first, and a person may have overruled it. */
function verdictOf(
  { plan, stage, overruledStage, stageOpenedAt }: RolloutProgressView,
  evidence: Evidence,
  now: Date,
) {
  const open = plan.stages[stage];
  if (!open) return passed('start', 'no stage is open yet');
  if (overruledStage === stage)
    return passed('overruled', `a person has overruled the gate of "${open.name}"`);
  return judgeGate(open.gate, evidence, new Date(stageOpenedAt), now);
}

function passed(rule: string, text: string) {
  return { kind: 'pass', reasons: [{ rule, text }] } as const;
}

/** The gate of the last stage has nothing to open: the rollout ends with its devices. */
function decideLast(rollout: RolloutProgressView, evidence: Evidence, now: Date): Decision {
  const { targetedInAll, endedInAll } = evidence;
  const text = `${endedInAll} of ${targetedInAll} targeted devices have an end`;
  if (!hasEverybodyEnded(evidence)) return nothing('devices', text);
  const soak = stageAt(rollout.plan, rollout.stage).gate.soakMinutes * 60_000;
  const soakEnds = new Date(Date.parse(rollout.stageOpenedAt) + soak);
  if (now.getTime() < soakEnds.getTime()) {
    return nothing('soak', `the soak time ends at ${soakEnds.toISOString()}`);
  }
  return { kind: 'complete', reasons: [{ rule: 'devices', text }] };
}

function openNext(
  { plan, stage, approvedStage }: RolloutProgressView,
  now: Date,
  reasons: readonly Reason[],
): Decision {
  const next = stage + 1;
  const { name, approval } = stageAt(plan, next);
  if (approval && approvedStage < next) {
    return {
      kind: 'await-approval',
      reasons: [{ rule: 'approval', text: `"${name}" opens when a person approves` }],
    };
  }
  if (plan.window && !isWindowOpen(plan.window, now)) {
    return nothing('window', `"${name}" may open from ${nextOpening(plan.window, now).toISOString()}`);
  }
  return { kind: 'open-stage', stage: next, reasons };
}

function deadlineReason({ plan, createdAt }: RolloutProgressView, now: Date): Reason | undefined {
  if (plan.deadlineHours === undefined) return undefined;
  const deadline = new Date(Date.parse(createdAt) + plan.deadlineHours * 3_600_000);
  if (now.getTime() < deadline.getTime()) return undefined;
  return { rule: 'deadline', text: `the deadline was at ${deadline.toISOString()}` };
}

/** An index past the last stage stands for the last one: nothing may open beyond it. */
function stageAt({ stages }: Plan, index: number): Stage {
  return stages[index] ?? stages.at(-1) ?? stages[0];
}

function nothing(rule: string, text: string): Decision {
  return { kind: 'nothing', reasons: [{ rule, text }] };
}
