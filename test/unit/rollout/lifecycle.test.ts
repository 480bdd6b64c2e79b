import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../../src/shared/rollout/gate.ts';
import {
  afterAction,
  allowedActions,
  approvalOf,
  decide,
  type RolloutProgressView,
  type RolloutState,
} from '../../../src/shared/rollout/lifecycle.ts';
import { parsePlan, type Plan } from '../../../src/shared/rollout/plan.ts';

const startedAt = '2026-03-02T10:00:00.000Z';
const after = (minutes: number) => new Date(Date.parse(startedAt) + minutes * 60_000);
const states: readonly RolloutState[] = ['starting', 'running', 'paused', 'stopped', 'completed', 'retired'];

function planOf(document: object): Plan {
  const parsed = parsePlan(JSON.stringify(document));
  if (!parsed.ok) throw new Error(`${parsed.path}: ${parsed.message}`);
  return parsed.plan;
}

const stages = [{ percent: 1 }, { percent: 10 }, { percent: 100 }];
const plan = planOf({ stages });
const pausing = planOf({ stages, onGateFailed: 'pause' });
const guarded = planOf({ stages: [{ percent: 1 }, { percent: 10, approval: true }, { percent: 100 }] });

function rollout(given: Partial<RolloutProgressView> = {}): RolloutProgressView {
  return {
    state: 'running',
    plan,
    stage: 0,
    stageOpenedAt: startedAt,
    approvedStage: -1,
    createdAt: startedAt,
    ...given,
  };
}

const evidenceOf = (given: Partial<Evidence>): Evidence => {
  const stage = { succeeded: 0, failed: 0, stuck: 0, working: 0, targeted: 0, ended: 0, ...given };
  return { targetedInAll: stage.targeted, endedInAll: stage.ended, ...stage };
};
const none = evidenceOf({});
const good: Evidence = evidenceOf({ succeeded: 20, targeted: 20, ended: 20 });
const bad: Evidence = evidenceOf({ failed: 20, targeted: 20, ended: 20 });
/** Above the limit of 10 %, but not surely so, and nobody is left to answer. */
const undecided: Evidence = evidenceOf({ succeeded: 8, failed: 2, targeted: 10, ended: 10 });

/** What is decided, and by which rules. */
function decision(view: RolloutProgressView, evidence: Evidence, now = after(60)): unknown[] {
  const { kind, reasons, ...rest } = decide(view, evidence, now);
  return [kind, ...Object.values(rest), ...reasons.map(({ rule }) => rule)];
}

describe('a running rollout', () => {
  test('opens its first stage, and then the next one when the gate passes', () => {
    expect(decision(rollout({ stage: -1, stageOpenedAt: '' }), none, after(0))).toEqual([
      'open-stage',
      0,
      'start',
    ]);
    expect(decision(rollout(), good)).toEqual(['open-stage', 1, 'failed-share']);
    expect(decision(rollout({ stage: 1 }), good)).toEqual(['open-stage', 2, 'failed-share']);
  });

  test('waits with the reasons of its gate', () => {
    expect(decision(rollout(), good, after(5))).toEqual(['nothing', 'soak']);
    expect(decision(rollout(), none)).toEqual(['nothing', 'nobody-targeted', 'min-answered', 'failed-share']);
  });

  test('stops or pauses at a failed gate, as its plan says, in every stage', () => {
    for (const stage of [0, 1, 2]) {
      expect(decision(rollout({ stage }), bad)).toEqual(['stop', 'failed-share']);
      expect(decision(rollout({ stage, plan: pausing }), bad)).toEqual(['pause', 'failed-share']);
    }
  });

  test('asks a person where the evidence is complete and says neither', () => {
    expect(decision(rollout(), undecided)).toEqual(['await-approval', 'failed-share', 'nobody-left']);
    expect(decision(rollout({ approvedStage: 1 }), undecided)[0]).toBe('open-stage');
  });
});

describe('a stage that asks for approval', () => {
  test('opens after the gate has passed and a person has approved it, in either order', () => {
    const view = rollout({ plan: guarded });
    expect(decision(view, good)).toEqual(['await-approval', 'approval']);
    expect(decision({ ...view, approvedStage: 1 }, good)).toEqual(['open-stage', 1, 'failed-share']);
    expect(decision({ ...view, approvedStage: 1 }, good, after(5))).toEqual(['nothing', 'soak']);
  });

  test('does not open by an approval where the gate fails', () => {
    expect(decision(rollout({ plan: guarded, approvedStage: 1 }), bad)[0]).toBe('stop');
  });

  test('needs one of its own for each such stage', () => {
    const twice = planOf({ stages: stages.map((stage) => ({ ...stage, approval: true })) });
    expect(decision(rollout({ plan: twice, stage: -1 }), none)[0]).toBe('await-approval');
    expect(decision(rollout({ plan: twice, stage: -1, approvedStage: 0 }), none)[0]).toBe('open-stage');
    expect(decision(rollout({ plan: twice, approvedStage: 0 }), good)[0]).toBe('await-approval');
  });
});

describe('a window', () => {
  // Started on a Monday at 10:00.
  const nightly = planOf({ stages, window: { days: ['Monday'], from: '22:00', to: '04:00' } });

  test('holds stages back until it opens, the first one too', () => {
    const view = rollout({ plan: nightly });
    expect(decide(view, good, after(60))).toEqual({
      kind: 'nothing',
      reasons: [{ rule: 'window', text: '"10 %" may open from 2026-03-02T22:00:00.000Z' }],
    });
    expect(decision({ ...view, stage: -1 }, none)).toEqual(['nothing', 'window']);
    expect(decision(view, good, after(12 * 60))[0]).toBe('open-stage');
  });

  test('does not hold back a stop', () => {
    expect(decision(rollout({ plan: nightly }), bad)[0]).toBe('stop');
  });
});

describe('a rollout is complete', () => {
  const last = rollout({ stage: 2 });

  test('when every targeted device has an end and the soak time of the last stage is over', () => {
    expect(decision(last, { ...good, targetedInAll: 21 })).toEqual(['nothing', 'devices']);
    expect(decision(last, good, after(9))).toEqual(['nothing', 'soak']);
    expect(decision(last, good, after(10))).toEqual(['complete', 'devices']);
  });

  test('also with failures that nobody can call too many', () => {
    expect(decision(last, undecided)).toEqual(['complete', 'devices']);
  });

  test('not before the hub has named a device', () => {
    expect(decision(last, none)).toEqual(['nothing', 'devices']);
  });

  test('at its deadline, whatever is left over and whichever stage is open', () => {
    const hasty = planOf({ stages, deadlineHours: 2 });
    for (const stage of [-1, 0, 2]) {
      expect(decision(rollout({ plan: hasty, stage }), none, after(119))[0]).not.toBe('complete');
      expect(decision(rollout({ plan: hasty, stage }), none, after(120))).toEqual(['complete', 'deadline']);
    }
    expect(decision(rollout({ plan: hasty, stage: 1 }), bad, after(120))[0]).toBe('stop');
  });
});

describe('a paused rollout', () => {
  test('opens nothing, whatever the evidence says', () => {
    expect(decision(rollout({ state: 'paused' }), good)).toEqual(['nothing', 'state']);
    expect(decision(rollout({ state: 'paused', plan: pausing }), bad)).toEqual(['nothing', 'state']);
  });

  test('still withdraws the offer when the gate fails, where the plan stops at a failed gate', () => {
    expect(decision(rollout({ state: 'paused' }), bad)).toEqual(['stop', 'failed-share']);
  });

  test('pauses again after a resume as long as its gate fails, but not after an approval', () => {
    const paused = rollout({ state: 'paused', plan: pausing });
    const resumed = { ...paused, state: afterAction('paused', 'resume') };
    expect(decision(resumed, bad)[0]).toBe('pause');
    const approved = { ...paused, state: afterAction('paused', 'approve'), ...approvalOf(paused) };
    expect(decision(approved, bad)).toEqual(['open-stage', 1, 'overruled']);
    // The next stage is judged by its own evidence again.
    expect(decision({ ...approved, stage: 1 }, bad)[0]).toBe('pause');
  });

  test('in its last stage can be let end by an approval', () => {
    const paused = rollout({ state: 'paused', plan: pausing, stage: 2 });
    expect(allowedActions(paused)).toContain('approve');
    const approved = { ...paused, state: afterAction('paused', 'approve'), ...approvalOf(paused) };
    expect(decision(approved, bad)).toEqual(['complete', 'devices']);
  });
});

describe('a person may approve a running rollout', () => {
  test('once for each stage that is still to come', () => {
    expect(allowedActions(rollout({ plan: guarded }))).toContain('approve');
    expect(allowedActions(rollout({ plan: guarded, approvedStage: 1 }))).not.toContain('approve');
    expect(allowedActions(rollout({ plan: guarded, stage: 1, approvedStage: 1 }))).toContain('approve');
    expect(allowedActions(rollout({ plan: guarded, stage: 2 }))).not.toContain('approve');
  });

  test('which overrules no gate', () => {
    expect(approvalOf(rollout({ stage: 1 }))).toEqual({ approvedStage: 2 });
  });
});

const anyEvidence = fc.record({
  succeeded: fc.nat(300),
  failed: fc.nat(300),
  stuck: fc.nat(20),
  working: fc.nat(300),
  targeted: fc.nat(600),
  ended: fc.nat(600),
  targetedInAll: fc.nat(600),
  endedInAll: fc.nat(600),
});
const anyView = fc.record({
  state: fc.constantFrom(...states),
  plan: fc.constantFrom(
    plan,
    pausing,
    guarded,
    planOf({}),
    planOf({ stages, deadlineHours: 1, window: { from: '09:00', to: '12:00' } }),
  ),
  stage: fc.integer({ min: -1, max: 2 }),
  approvedStage: fc.integer({ min: -1, max: 3 }),
  overruledStage: fc.option(fc.nat(2), { nil: undefined }),
  createdAt: fc.constant(startedAt),
  stageOpenedAt: fc.constant(startedAt),
});

describe('whatever the rollout and the evidence', () => {
  const anyMinutes = fc.nat(300);
  const runs = { numRuns: 3000 };

  test('only a running rollout opens a stage or completes, and only the next stage of its plan', () => {
    fc.assert(
      fc.property(anyView, anyEvidence, anyMinutes, (view, evidence, minutes) => {
        const decided = decide(view, evidence, after(minutes));
        const moves = decided.kind === 'open-stage' || decided.kind === 'complete';
        expect(moves && view.state !== 'running').toBe(false);
        const opened = decided.kind === 'open-stage' ? decided.stage : view.stage + 1;
        expect(opened).toBe(view.stage + 1);
        expect(decided.kind === 'open-stage' && opened >= view.plan.stages.length).toBe(false);
      }),
      runs,
    );
  });

  test('nothing that the timer does leads out of a stop, a completion or a retirement, or from a pause to running', () => {
    fc.assert(
      fc.property(anyView, anyEvidence, anyMinutes, (view, evidence, minutes) => {
        const next = afterAction(view.state, decide(view, evidence, after(minutes)).kind);
        const stays = ['starting', 'stopped', 'completed', 'retired'].includes(view.state);
        expect(stays ? next : view.state).toBe(view.state);
        expect(view.state === 'paused' && next === 'running').toBe(false);
      }),
      runs,
    );
  });

  test('no stage behind the first opens without an answer of the stage before, or a person', () => {
    fc.assert(
      fc.property(anyView, anyEvidence, anyMinutes, (view, evidence, minutes) => {
        const byPerson = view.overruledStage === view.stage || view.approvedStage > view.stage;
        fc.pre(view.stage >= 0 && !byPerson);
        const silent = { ...evidence, succeeded: 0, failed: 0 };
        expect(decide(view, silent, after(minutes)).kind).not.toBe('open-stage');
      }),
      runs,
    );
  });

  test('two instances that look at the same decide the same', () => {
    fc.assert(
      fc.property(anyView, anyEvidence, anyMinutes, (view, evidence, minutes) => {
        const copies = structuredClone({ view, evidence });
        expect(decide(copies.view, copies.evidence, after(minutes))).toEqual(
          decide(view, evidence, after(minutes)),
        );
        expect(copies).toEqual({ view, evidence });
      }),
      { numRuns: 300 },
    );
  });

  test('what is allowed changes the state as drawn, and what is not changes nothing', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        for (const action of ['pause', 'resume', 'stop', 'retire', 'revert'] as const) {
          const moved = afterAction(view.state, action) !== view.state;
          expect(moved && !allowedActions(view).includes(action)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});
