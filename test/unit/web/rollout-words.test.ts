import { describe, expect, test } from 'vitest';
import { changeInWords } from '../../../web/words/change.ts';
import { fleetSummary, waitingFirst } from '../../../web/words/fleet-summary.ts';
import { gateLines } from '../../../web/words/gate-lines.ts';
import { nextInWords } from '../../../web/words/next-step.ts';
import { listedStages } from '../../../web/words/stage-list.ts';
import { barInWords, endedShare, stateCounts } from '../../../web/words/state-counts.ts';
import { actionWords } from '../../../web/words/steering.ts';
import { after, planOf, STARTED } from '../rollout/rollout-at-hand.ts';
import { servedIn } from './rollout-served.ts';

const plan = planOf({
  stages: [
    { percent: 10, name: 'canary', gate: { soakMinutes: 10, maxFailedPercent: 20, minEndedPercent: 50 } },
    { percent: 100, name: 'everybody', approval: true },
  ],
});

describe('the gate of the open stage', () => {
  const verdicts = (situation: Parameters<typeof servedIn>[0]) => {
    const rollout = servedIn({ record: { plan }, ...situation });
    const stage = rollout.planDetail.stages[0];
    if (!stage) throw new Error('the plan has no stage');
    const lines = gateLines(stage, rollout, situation.now.getTime());
    return Object.fromEntries(lines.map(({ rule, verdict }) => [rule, verdict]));
  };

  test('waits for what the app waits for', () => {
    expect(verdicts({ counts: { Succeeded: 1 }, now: after(1) })).toEqual({
      soak: 'waits',
      'min-answered': 'waits',
      'failed-share': 'waits',
    });
  });

  test('holds where the app would go on', () => {
    expect(verdicts({ counts: { Succeeded: 20 }, now: after(11) })).toEqual({
      soak: 'holds',
      'min-answered': 'holds',
      'failed-share': 'holds',
    });
  });

  test('is broken by the rule by which the app ends the rollout, and by no other', () => {
    expect(verdicts({ counts: { Succeeded: 2, Failed: 12 }, now: after(11) })).toMatchObject({
      'failed-share': 'broken',
      'min-answered': 'holds',
    });
  });

  test('says of a soak time that goes on that it does, also where another rule has failed', () => {
    const soaking = { counts: { Succeeded: 2, Failed: 12 }, now: after(3) };
    expect(verdicts(soaking)).toMatchObject({ soak: 'waits', 'failed-share': 'broken' });
  });

  test('claims nothing of the share while the rollout is paused, and the plain truth of the rest', () => {
    const paused = { record: { plan, state: 'paused' as const }, now: after(3) };
    expect(verdicts({ ...paused, counts: { Succeeded: 9, Failed: 3 } })).toEqual({
      soak: 'waits',
      'min-answered': 'holds',
      'failed-share': 'unjudged',
    });
  });

  test('of the last stage decides nothing, so that its share is not judged', () => {
    const last = { record: { plan, stage: 1, stageOpenedAt: STARTED }, counts: { Succeeded: 12 } };
    const rollout = servedIn({ ...last, now: after(60) });
    const [, stage] = rollout.planDetail.stages;
    if (!stage) throw new Error('the plan has no second stage');
    const lines = gateLines(stage, rollout, after(60).getTime());
    expect(lines.find(({ rule }) => rule === 'failed-share')?.verdict).toBe('unjudged');
  });

  test('holds by the share where only a person has to approve', () => {
    expect(verdicts({ counts: { Succeeded: 20 }, now: after(11) })).toMatchObject({
      'failed-share': 'holds',
    });
  });

  test('waits by the share where nobody is left who could make it surer', () => {
    const sure = { counts: { Succeeded: 7, Failed: 3 }, targeted: 10, now: after(11) };
    expect(verdicts(sure)).toMatchObject({ soak: 'holds', 'failed-share': 'waits' });
  });
});

describe('what comes next', () => {
  const next = (situation: Parameters<typeof servedIn>[0]) =>
    nextInWords(servedIn({ record: { plan }, ...situation }), situation.now.getTime());

  test('a stage is not open yet, for the reasons of the app, in the time of the reader', () => {
    const words = next({ counts: { Succeeded: 20 }, now: after(1) });
    expect(words).toMatchObject({ headline: '“everybody” is not open yet', waitsForPerson: false });
    expect(words?.reasons.join(' ')).toMatch(/^The soak time ends at .*\.$/);
    expect(words?.reasons.join(' ')).not.toContain('T10:');
  });

  test('a stage that asks for approval, and a pause, wait for a person', () => {
    const approval = next({ counts: { Succeeded: 20 }, now: after(11) });
    expect(approval).toMatchObject({ headline: 'Waits for your approval', waitsForPerson: true });
    const paused = next({ record: { plan, state: 'paused' }, now: after(11) });
    expect(paused).toMatchObject({ headline: 'Paused: waits for you', waitsForPerson: true });
  });

  test('a failed gate is told of before the timer acts on it', () => {
    expect(next({ counts: { Failed: 12 }, now: after(1) })).toMatchObject({
      headline: 'Will be stopped: its gate has failed',
      tone: 'bad',
    });
  });

  test.each(['stopped', 'completed', 'retired'] as const)('nothing comes where it is %s', (state) => {
    expect(next({ record: { plan, state }, now: after(1) })).toBeUndefined();
  });
});

describe('stages', () => {
  test('are passed, open, next; one that was not reached says so at the end', () => {
    const running = servedIn({ record: { plan }, now: after(1) });
    expect(listedStages(running).map(({ words, needsApproval }) => [words, needsApproval])).toEqual([
      ['open', false],
      ['next', true],
    ]);
    const stopped = servedIn({ record: { plan, state: 'stopped' }, now: after(1) });
    expect(listedStages(stopped).map(({ words }) => words)).toEqual(['was open last', 'never opened']);
  });
});

describe('counts', () => {
  test('are told in the order of the bar, with devices that were not heard of', () => {
    const rollout = servedIn({ counts: { Succeeded: 12, Downloading: 3, Failed: 1 }, now: after(1) });
    const counted = stateCounts(rollout);
    expect(barInWords(counted)).toBe('12 succeeded, 3 downloading, 4 pending, 1 failed, of 20');
    expect(endedShare(counted)).toBe('65 %');
  });

  test('say so where there is nobody yet', () => {
    expect(barInWords(stateCounts(servedIn({ targeted: 0, now: after(0) })))).toBe('no devices yet');
  });

  test('of the fleet are sums over the rollouts at work', () => {
    const one = servedIn({ counts: { Downloading: 2, Failed: 1, Reverted: 1 }, stuck: 1, now: after(1) });
    const two = servedIn({ record: { state: 'paused' }, counts: { Applying: 1 }, now: after(1) });
    const both = [one, two];
    expect(fleetSummary(both, both)).toEqual({ running: 1, waiting: 1, working: 3, stuck: 1, failed: 2 });
  });

  test('count rollouts whose devices are not known with the others', () => {
    const shown = servedIn({ counts: { Failed: 1 }, now: after(1) });
    const folded = [servedIn({ now: after(1) }), servedIn({ record: { state: 'paused' }, now: after(1) })];
    const summary = fleetSummary([shown, ...folded], [shown]);
    expect(summary).toEqual({ running: 2, waiting: 1, working: 0, stuck: 0, failed: 1 });
  });

  test('put what waits for a person first', () => {
    const states = (['running', 'paused', 'starting', 'paused'] as const).map((state, i) => ({ state, i }));
    expect(waitingFirst(states).map(({ i }) => i)).toEqual([1, 3, 0, 2]);
  });
});

describe('what a screen reader is told', () => {
  test('a stage, a state and ends of devices, but not every step of a device', () => {
    const before = servedIn({ record: { plan }, counts: { Downloading: 3 }, now: after(1) });
    const step = servedIn({ record: { plan }, counts: { Downloading: 2, Applying: 1 }, now: after(1) });
    expect(changeInWords(before, step)).toBeUndefined();
    const later = servedIn({
      record: { plan, stage: 1, state: 'paused', stageOpenedAt: STARTED },
      counts: { Succeeded: 2, Failed: 1 },
      now: after(2),
    });
    expect(changeInWords(before, later)).toBe(
      'The rollout is paused. Stage everybody has opened. 2 more devices succeeded. 1 more device failed or reverted.',
    );
  });
});

describe('steering', () => {
  const situation = {
    record: { plan },
    counts: { Downloading: 2, Applying: 1, Succeeded: 9 },
    now: after(11),
  };

  test('a stop says from how many the offer is taken, and how many finish', () => {
    const words = actionWords('stop', servedIn(situation));
    expect(words.effect).toContain('withdrawn from 8 devices that have not begun');
    expect(words.effect).toContain('3 devices at work finish');
    expect(words.isFinal).toBe(true);
  });

  test('a pause says how many go on all the same', () => {
    expect(actionWords('pause', servedIn(situation)).effect).toContain(
      '3 devices at work and 8 that were offered the image but have not begun go on',
    );
  });

  test('an approval names the stage that it opens, and in a pause what it overrules', () => {
    expect(actionWords('approve', servedIn(situation)).question).toBe('Approve “everybody”?');
    const paused = servedIn({ ...situation, record: { plan, state: 'paused' }, counts: { Failed: 3 } });
    expect(actionWords('approve', paused).effect).toMatch(
      /^It overrules the gate .*\(3 failed, 0 succeeded\)/,
    );
  });

  test('every action that the app allows has words', () => {
    const states = ['starting', 'running', 'paused', 'stopped', 'completed', 'retired'] as const;
    for (const state of states) {
      const rollout = servedIn({ ...situation, record: { plan, state } });
      for (const action of rollout.possibleActions) {
        expect(actionWords(action, rollout).effect).toMatch(/^[A-Z0-9].*\.$/);
      }
    }
  });
});
