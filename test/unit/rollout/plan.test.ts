import { describe, expect, test } from 'vitest';
import { builtInPlans } from '../../../src/shared/rollout/built-in-plans.ts';
import { parsePlan } from '../../../src/shared/rollout/plan.ts';

const parse = (document: unknown) => parsePlan(JSON.stringify(document));
const percents = (...shares: number[]) => shares.map((percent) => ({ percent }));

describe('a plan', () => {
  test('with nothing in it offers the image to everybody at once', () => {
    expect(parse({})).toEqual({ ok: true, plan: builtInPlans['all-at-once'] });
  });

  test('with stages has gates that are on', () => {
    const parsed = parse({ stages: percents(5, 100) });
    expect(parsed.ok && parsed.plan.stages).toEqual([
      {
        name: '5 %',
        kind: 'percent',
        percent: 5,
        minDevices: 5,
        approval: false,
        gate: { minAnswered: 4, maxFailedPercent: 10, soakMinutes: 10 },
      },
      expect.objectContaining({ name: '100 %', percent: 100 }),
    ]);
  });

  test('keeps every member that it is given', () => {
    const gate = {
      minAnswered: 20,
      maxFailedPercent: 2.5,
      maxFailed: 7,
      maxStuck: 3,
      soakMinutes: 0.5,
      minSucceededPercent: 90,
      minEndedPercent: 75,
    };
    const given = {
      targetCondition: "tags.environment = 'production'",
      priority: 20,
      labels: { ticket: 'OPS-17' },
      stages: [
        { name: 'canaries', where: "tags.ring = 'canary'", minDevices: 0, approval: true, gate },
        { name: 'a tenth', percent: 10, minDevices: 50, approval: false, gate },
      ],
      limits: { downloadingMinutes: 1, verifyingMinutes: 2, applyingMinutes: 3 },
      onGateFailed: 'pause',
      window: { days: ['Monday', 'Friday'], from: '22:00', to: '04:00' },
      keepSuperseded: 0,
      deadlineHours: 72,
    };
    const [canaries, tenth] = given.stages;
    expect(parse({ $schema: '../docs/plan.schema.json', ...given })).toEqual({
      ok: true,
      plan: {
        ...given,
        stages: [
          { ...canaries, kind: 'where' },
          { ...tenth, kind: 'percent' },
        ],
      },
    });
  });

  test('may begin with a byte order mark', () => {
    expect(parsePlan('\uFEFF{}').ok).toBe(true);
  });

  test('opens on every day where its window names none', () => {
    const parsed = parse({ window: { from: '08:00', to: '17:00' } });
    expect(parsed.ok && parsed.plan.window?.days).toHaveLength(7);
  });
});

describe('a wrong plan is refused with the path of what is wrong', () => {
  test.each<[path: string, message: RegExp, document: unknown]>([
    ['', /expected object/, null],
    ['', /expected object/, []],
    ['stage', /no such member/, { stage: [] }],
    [
      'stages.0.gate.maxFailedPercents',
      /no such/,
      { stages: [{ percent: 5, gate: { maxFailedPercents: 3 } }] },
    ],
    ['stages', /./, { stages: [] }],
    ['stages', /./, { stages: null }],
    ['stages.1.percent', /100/, { stages: [...percents(5), { percent: 101 }] }],
    ['stages.0.percent', /0\.01/, { stages: percents(0) }],
    ['stages.1.percent', /larger/, { stages: percents(5, 5) }],
    ['stages.1.percent', /larger/, { stages: percents(5, 1, 100) }],
    ['stages.1', /every device/, { stages: [...percents(100), { where: 'tags.a = 1' }] }],
    ['stages.0', /either/, { stages: [{}] }],
    ['stages.0', /either/, { stages: [{ percent: 5, where: 'tags.a = 1' }] }],
    ['stages.0.where', /100/, { stages: [{ where: '*' }] }],
    ['stages.0.where', /bracket/, { stages: [{ where: 'tags.a = 1) OR (1 = 1' }] }],
    ['stages.0.where', /bracket/, { stages: [{ where: '(tags.a = 1' }] }],
    ['stages.0.where', /string/, { stages: [{ where: "tags.a = 'x" }] }],
    [
      'stages.1.name',
      /two stages/,
      {
        stages: [
          { name: 'a', percent: 1 },
          { name: 'a', percent: 2 },
        ],
      },
    ],
    ['stages', /20/, { stages: percents(...Array.from({ length: 21 }, (_, i) => i + 1)) }],
    ['targetCondition', /./, { targetCondition: '' }],
    ['stages', /7000/, { targetCondition: `tags.a = '${'x'.repeat(8000)}'` }],
    ['priority', /0/, { priority: -1 }],
    ['priority', /int/, { priority: 1.5 }],
    ['labels', /set by the service/, { labels: { version: '1' } }],
    ['labels.a', /./, { labels: { a: 'b\nc' } }],
    ['labels', /20/, { labels: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, 'x'])) }],
    ['limits.applyingMinutes', /0/, { limits: { applyingMinutes: 0 } }],
    ['onGateFailed', /pause/, { onGateFailed: 'ignore' }],
    ['window.from', /HH:MM/, { window: { from: '24:00', to: '04:00' } }],
    ['window.to', /./, { window: { from: '22:00' } }],
    ['window.days', /./, { window: { days: [], from: '22:00', to: '04:00' } }],
    ['keepSuperseded', /90/, { keepSuperseded: 91 }],
    ['deadlineHours', /0/, { deadlineHours: 0 }],
  ])('"%s" where it must say %s', (path, message, document) => {
    expect(parse(document)).toEqual({ ok: false, path, message: expect.stringMatching(message) });
  });

  test('and text that is no JSON as a whole', () => {
    expect(parsePlan('{"stages": [')).toEqual({
      ok: false,
      path: '',
      message: expect.stringContaining('no JSON'),
    });
  });

  test('but brackets and quotes inside a string are text', () => {
    expect(parse({ targetCondition: `tags.a = 'it\\'s :) "so"' OR (tags.b = ")")` }).ok).toBe(true);
  });
});
