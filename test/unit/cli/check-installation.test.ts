import { describe, expect, test } from 'vitest';
import { judgedInstallation } from '../../../cli/check-installation.ts';
import type { Diagnosis } from '../../../client/answers.ts';
import { exampleDiagnosis } from '../../../src/functions/api/diagnosis-schemas.ts';

const away = { known: false, reason: 'ETIMEDOUT' } as const;
const silent = { rollout: 'fw-1', applied: 12, since: '2026-03-01T09:50:00.000Z' };
const reports = { known: true as const, offered: 1, silent: [silent] };
const healthy: Diagnosis = {
  ...exampleDiagnosis,
  reports: { known: true, newestAt: '2026-03-01T09:59:58.000Z', offered: 2, silent: [] },
};

/** What the doctor says under this name, where something is other than in an installation that is well. */
function found(check: string, other: Partial<Diagnosis>) {
  return judgedInstallation({ ...healthy, ...other }).find((one) => one.check === check);
}

test('an installation that is well has a line for each check, and none but ok', () => {
  const lines = judgedInstallation(healthy).map(({ check, level }) => `${check} ${level}`);
  expect(lines).toEqual(['routes ok', 'reports ok', 'tags ok', 'quota ok', 'plan ok', 'setup ok']);
});

test('what a service does not tell is not known, and the other checks are made', () => {
  const unknown = { events: away, reports: away, tags: away, quota: away, plan: away };
  const lines = judgedInstallation({ ...healthy, ...unknown });
  expect(lines.filter(({ text }) => text === 'not known: ETIMEDOUT').map(({ check }) => check)).toEqual([
    'routes',
    'reports',
    'tags',
    'quota',
    'plan',
  ]);
  expect(lines.map(({ level }) => level)).not.toContain('fail');
});

describe('the routes', () => {
  const nothing = { known: true, partitions: 4 } as const;

  test('may be missing where nothing has ever arrived and nothing is offered', () => {
    const idle = { known: true as const, offered: 0, silent: [] };
    expect(found('routes', { events: nothing, reports: idle })).toMatchObject({
      level: 'warn',
      text: 'no event has ever arrived: the route is missing, or no twin has changed yet',
      next: [expect.stringContaining('TwinChangeEvents')],
    });
  });

  test('are missing where devices got an image and nothing has ever arrived', () => {
    expect(found('routes', { events: nothing, reports })).toMatchObject({
      level: 'fail',
      text: expect.stringContaining('though 12 devices got fw-1: no route leads there'),
    });
  });

  test('may lead to another event hub where devices have reported, and not to this one', () => {
    const { level, next } = found('routes', { events: nothing }) ?? {};
    expect(level).toBe('warn');
    expect(next?.[0]).toBe('Is it another event hub than before?');
  });

  test('may have gone where nothing has arrived since a stage opened', () => {
    const events = { known: true as const, partitions: 4, newestAt: '2026-03-01T09:49:00.000Z' };
    expect(found('routes', { events, reports })).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('none since a stage of fw-1 opened at 2026-03-01 09:50:00'),
    });
  });

  test('are well where events arrive, though nobody reports: that is said of the reports', () => {
    expect(found('routes', { reports })?.level).toBe('ok');
    expect(found('reports', { reports })).toMatchObject({
      level: 'warn',
      text: 'fw-1: offered to 12 devices, and none has reported since 2026-03-01 09:50:00 UTC',
    });
  });

  test('lead to an event hub whose partitions are counted', () => {
    expect(found('partitions', {})).toBeUndefined();
    const events = { known: true as const, partitions: 8, newestAt: '2026-03-01T10:00:00.000Z' };
    expect(found('partitions', { events })?.next?.[0]).toContain('Set TWIN_EVENTS_PARTITIONS to 8');
  });
});

test('reports are not missed where no rollout is offered', () => {
  const idle = { known: true as const, offered: 0, silent: [] };
  expect(found('reports', { reports: idle })).toMatchObject({
    level: 'ok',
    text: 'no rollout is offered to a device: nothing to tell',
  });
});

test.each([
  ['not wanted', { wanted: false }, 'ok', 'no stage has wanted'],
  ['being written', { wanted: true }, 'warn', 'are being written'],
  ['complete', { wanted: true, completeAt: '2026-02-27T12:00:00.000Z' }, 'ok', 'every device'],
])('tags that are %s', (_state, tags, level, text) => {
  expect(found('tags', { tags: { known: true, ...tags } })).toMatchObject({
    level,
    text: expect.stringContaining(text),
  });
});

test.each([
  [7, 'ok', '7 of 10 configurations are on the hub; HUB_DAILY_MESSAGES is 400000 a day'],
  [8, 'warn', '8 of the 10 configurations'],
  [10, 'fail', 'holds 10 configurations and takes no further one'],
  [12, 'fail', 'holds 10 configurations and takes no further one'],
])('%i configurations of 10', (configurations, level, text) => {
  expect(found('quota', { quota: { known: true, configurations, limit: 10 } })).toMatchObject({
    level,
    text: expect.stringContaining(text),
  });
});

test('a default plan that is not there fails, with what to do', () => {
  const problem = 'There is no plan "careful": upload plans/careful.json';
  expect(found('plan', { plan: { known: true, name: 'careful', problem } })).toMatchObject({
    level: 'fail',
    text: problem,
    next: [expect.stringContaining('DEFAULT_PLAN')],
  });
});

test.each([
  ['polling', 'public', 0, /by polling.*without a secret; no webhooks; API_AUTH is keys/],
  ['EventGrid', 'sas', 2, /by Event Grid; devices download with DOWNLOAD_SAS; webhooks to 2;/],
] as const)(
  'the set-up with %s and downloads by %s is told',
  (triggerSource, downloads, webhookEndpoints, text) => {
    const settings = { ...healthy.settings, triggerSource, downloads, webhookEndpoints };
    expect(found('setup', { settings })?.text).toMatch(text);
  },
);
