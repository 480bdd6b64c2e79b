import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Evidence, type GateRule, judgeGate } from '../../../src/shared/rollout/gate.ts';
import type { Gate } from '../../../src/shared/rollout/plan.ts';

const openedAt = new Date('2026-03-01T10:00:00Z');
const afterMinutes = (minutes: number) => new Date(openedAt.getTime() + minutes * 60_000);
const gate: Gate = { minAnswered: 4, maxFailedPercent: 10, soakMinutes: 10 };

function evidence(given: Partial<Evidence>): Evidence {
  const stage = { succeeded: 0, failed: 0, stuck: 0, working: 0, targeted: 0, ended: 0, ...given };
  return { targetedInAll: stage.targeted, endedInAll: stage.ended, ...stage };
}

/** The verdict and the rules that it gives as its reasons. */
function verdict(given: Partial<Evidence>, rules: Partial<Gate> = {}, minutes = 60): [string, GateRule[]] {
  const { kind, reasons } = judgeGate(
    { ...gate, ...rules },
    evidence(given),
    openedAt,
    afterMinutes(minutes),
  );
  return [kind, reasons.map(({ rule }) => rule)];
}

describe('a gate fails', () => {
  test('as soon as the lower bound of the share of failures is above the limit', () => {
    // Wilson's lower bound: 119 of 1000 is 10.03 %, 118 of 1000 is 9.94 %.
    expect(verdict({ succeeded: 882, failed: 118, targeted: 2000 })[0]).toBe('wait');
    expect(verdict({ succeeded: 881, failed: 119, targeted: 2000 })).toEqual(['fail', ['failed-share']]);
  });

  test('at once, without waiting for the soak time or for enough answers', () => {
    expect(verdict({ failed: 2, targeted: 10 }, {}, 0)).toEqual(['fail', ['failed-share']]);
  });

  test('but not by the quick failures alone while most devices are still at work', () => {
    const quick = { failed: 30, working: 970, targeted: 1000 };
    expect(verdict(quick)[0]).toBe('wait');
    expect(verdict({ ...quick, working: 0 })[0]).toBe('fail');
  });

  test('and stuck devices do not count as at work', () => {
    expect(verdict({ failed: 30, working: 970, stuck: 970, targeted: 1000 })[0]).toBe('fail');
  });

  test('at one failure or one stuck device more than an absolute limit allows', () => {
    const good = { succeeded: 1000, targeted: 5000, working: 100 };
    expect(verdict({ ...good, failed: 3 }, { maxFailed: 3 })[0]).toBe('pass');
    expect(verdict({ ...good, failed: 4 }, { maxFailed: 3 })).toEqual(['fail', ['max-failed']]);
    expect(verdict({ ...good, stuck: 5 }, { maxStuck: 5 })[0]).toBe('pass');
    expect(verdict({ ...good, stuck: 6 }, { maxStuck: 5 })).toEqual(['fail', ['max-stuck']]);
  });

  test('at the first failure where none may fail', () => {
    expect(verdict({ succeeded: 1000, failed: 1, targeted: 5000 }, { maxFailedPercent: 0 })[0]).toBe('fail');
    expect(verdict({ succeeded: 999, failed: 1, targeted: 5000 }, { maxFailed: 0 })[0]).toBe('fail');
  });

  test('never where every device may fail', () => {
    expect(verdict({ failed: 1000, targeted: 1000, ended: 1000 }, { maxFailedPercent: 100 })[0]).toBe('pass');
  });

  test('with all rules that it broke as reasons, and numbers that a person can check', () => {
    const broken = evidence({ failed: 5, succeeded: 5, stuck: 2, targeted: 20 });
    const rules = { ...gate, maxFailed: 1, maxStuck: 1 };
    expect(judgeGate(rules, broken, openedAt, openedAt)).toEqual({
      kind: 'fail',
      reasons: [
        { rule: 'max-failed', text: '5 devices failed, at most 1 may' },
        { rule: 'max-stuck', text: '2 devices stuck, at most 1 may be' },
        { rule: 'failed-share', text: '5 of 10 devices failed: at least 23.7 % would, at most 10 % may' },
      ],
    });
  });
});

describe('a gate lets the next stage open', () => {
  test('when the upper bound is within the limit, although devices are still missing', () => {
    expect(verdict({ succeeded: 34, targeted: 1000, ended: 34 })).toEqual(['wait', ['failed-share']]);
    expect(verdict({ succeeded: 35, targeted: 1000, ended: 35 })[0]).toBe('pass');
  });

  test('when every device of a small stage has an end and the observed share is within the limit', () => {
    expect(verdict({ succeeded: 9, failed: 1, targeted: 11, ended: 10 })).toEqual(['wait', ['failed-share']]);
    expect(verdict({ succeeded: 9, failed: 1, targeted: 11, ended: 11 })[0]).toBe('pass');
  });

  test('or as many of them as the plan asks for', () => {
    const few = { succeeded: 8, targeted: 10, ended: 8 };
    expect(verdict(few)[0]).toBe('wait');
    expect(verdict(few, { minEndedPercent: 80 })[0]).toBe('pass');
    expect(verdict({ ...few, ended: 7 }, { minEndedPercent: 80 })[0]).toBe('wait');
  });

  test('not by what the stages before it have shown: a few devices that it adds to many have to answer', () => {
    const before = { targetedInAll: 1050, endedInAll: 990 };
    const few = { ...before, succeeded: 5, targeted: 50, ended: 5 };
    expect(verdict(few, { minEndedPercent: 80 })).toEqual(['wait', ['failed-share']]);
    expect(verdict({ ...few, succeeded: 40, ended: 40 }, { minEndedPercent: 80 })[0]).toBe('pass');
  });

  test('not before the soak time is over', () => {
    const good = { succeeded: 100, targeted: 100, ended: 100 };
    expect(verdict(good, {}, 9.99)).toEqual(['wait', ['soak']]);
    expect(verdict(good, {}, 10)[0]).toBe('pass');
  });

  test('not before enough devices have answered', () => {
    expect(verdict({ succeeded: 3, targeted: 10, ended: 10 }, { maxFailedPercent: 100 })).toEqual([
      'wait',
      ['min-answered', 'nobody-left'],
    ]);
    expect(verdict({ succeeded: 4, targeted: 10, ended: 10 }, { maxFailedPercent: 100 })[0]).toBe('pass');
  });

  test('not while too few have succeeded, where stuck devices count as not succeeded', () => {
    const strict = { minSucceededPercent: 95 };
    expect(verdict({ succeeded: 95, stuck: 5, targeted: 1000 }, strict)[0]).toBe('pass');
    expect(verdict({ succeeded: 94, stuck: 6, targeted: 1000 }, strict)).toEqual(['wait', ['min-succeeded']]);
  });

  test('by time alone where it asks for no answers, as long as the observed share is within the limit', () => {
    expect(verdict({}, { minAnswered: 0 }, 9)).toEqual(['wait', ['soak']]);
    expect(verdict({}, { minAnswered: 0 })[0]).toBe('pass');
    expect(verdict({ succeeded: 5, targeted: 10 }, { minAnswered: 0 })[0]).toBe('pass');
    expect(verdict({ succeeded: 5, failed: 1, targeted: 10 }, { minAnswered: 0 })[0]).toBe('wait');
  });
});

describe('a gate that will not open by itself says so', () => {
  test('where every device has its end and the share is above the limit, but not surely', () => {
    expect(verdict({ succeeded: 8, failed: 2, targeted: 10, ended: 10 })).toEqual([
      'wait',
      ['failed-share', 'nobody-left'],
    ]);
  });

  test('where the devices of the stage had the version already', () => {
    expect(verdict({ targeted: 10, ended: 10 })[1]).toContain('nobody-left');
  });

  test('only after the soak time', () => {
    expect(verdict({ targeted: 10, ended: 10 }, {}, 5)[1]).not.toContain('nobody-left');
  });

  test('where the stage selects no device at all', () => {
    expect(verdict({})[0]).toBe('wait');
    expect(verdict({})[1]).toContain('nobody-targeted');
  });

  test('where it adds none to those that were selected, and they all have their end', () => {
    const before = { targetedInAll: 50, endedInAll: 49 };
    expect(verdict(before)[1]).not.toContain('nobody-left');
    expect(verdict({ ...before, endedInAll: 50 })[1]).toContain('nobody-left');
  });
});

const count = fc.oneof(fc.nat(12), fc.nat(2000));
const anyEvidence = fc.record({
  succeeded: count,
  failed: count,
  stuck: count,
  working: count,
  targeted: count,
  ended: count,
  targetedInAll: count,
  endedInAll: count,
});
const anyGate: fc.Arbitrary<Gate> = fc.record(
  {
    minAnswered: fc.nat(50),
    maxFailedPercent: fc.integer({ min: 0, max: 100 }),
    soakMinutes: fc.nat(120),
    maxFailed: fc.nat(100),
    maxStuck: fc.nat(100),
    minSucceededPercent: fc.nat(100),
    minEndedPercent: fc.nat(100),
  },
  { requiredKeys: ['minAnswered', 'maxFailedPercent', 'soakMinutes'] },
);
const minutes = fc.nat(240);

describe('whatever the gate and the evidence', () => {
  const harm = { pass: 0, wait: 1, fail: 2 } as const;
  const runs = { numRuns: 3000 };
  const judge = (rules: Gate, given: Evidence, at: number) =>
    judgeGate(rules, given, openedAt, afterMinutes(at));

  test('a verdict has a reason', () => {
    fc.assert(
      fc.property(anyGate, anyEvidence, minutes, (rules, given, at) => {
        expect(judge(rules, given, at).reasons.length).toBeGreaterThan(0);
      }),
      runs,
    );
  });

  test('no answer, no next stage, unless the plan asks for none', () => {
    fc.assert(
      fc.property(anyGate, anyEvidence, minutes, (rules, given, at) => {
        fc.pre(rules.minAnswered > 0);
        expect(judge(rules, { ...given, succeeded: 0, failed: 0 }, at).kind).not.toBe('pass');
      }),
      runs,
    );
  });

  test('it never passes with fewer answers, a shorter time or more failures than its limits say', () => {
    fc.assert(
      fc.property(anyGate, anyEvidence, minutes, (rules, given, at) => {
        if (judge(rules, given, at).kind !== 'pass') return;
        const answered = given.succeeded + given.failed;
        expect(answered).toBeGreaterThanOrEqual(rules.minAnswered);
        expect(at).toBeGreaterThanOrEqual(rules.soakMinutes);
        expect(given.failed * 100).toBeLessThanOrEqual(rules.maxFailedPercent * answered);
        expect(given.failed).toBeLessThanOrEqual(rules.maxFailed ?? Infinity);
        expect(given.stuck).toBeLessThanOrEqual(rules.maxStuck ?? Infinity);
      }),
      runs,
    );
  });

  test('more failures keep a failed gate failed', () => {
    fc.assert(
      fc.property(anyGate, anyEvidence, minutes, fc.nat(500), (rules, given, at, more) => {
        fc.pre(judge(rules, given, at).kind === 'fail');
        expect(judge(rules, { ...given, failed: given.failed + more }, at).kind).toBe('fail');
      }),
      runs,
    );
  });

  test('a device that fails instead of succeeding never makes the verdict milder', () => {
    fc.assert(
      fc.property(anyGate, anyEvidence, minutes, fc.nat(500), (rules, given, at, more) => {
        const moved = Math.min(more, given.succeeded);
        const worse = { ...given, succeeded: given.succeeded - moved, failed: given.failed + moved };
        expect(harm[judge(rules, worse, at).kind]).toBeGreaterThanOrEqual(harm[judge(rules, given, at).kind]);
      }),
      runs,
    );
  });

  test('devices that only begin never fail it', () => {
    fc.assert(
      fc.property(anyGate, anyEvidence, minutes, fc.nat(500), (rules, given, at, more) => {
        fc.pre(judge(rules, given, at).kind !== 'fail');
        expect(judge(rules, { ...given, working: given.working + more }, at).kind).not.toBe('fail');
      }),
      runs,
    );
  });

  test('time alone never fails it and never shuts it again', () => {
    fc.assert(
      fc.property(anyGate, anyEvidence, minutes, minutes, (rules, given, at, more) => {
        const before = judge(rules, given, at).kind;
        const after = judge(rules, given, at + more).kind;
        expect(before === 'wait' ? after !== 'fail' : after === before).toBe(true);
      }),
      runs,
    );
  });
});
