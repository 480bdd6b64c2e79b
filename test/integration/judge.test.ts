import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type Admission, admitUpload } from '../../src/shared/firmware/admission.ts';
import { HubConfigurations } from '../../src/shared/rollout/hub-configurations.ts';
import { type JudgeParts, judgeRollouts } from '../../src/shared/rollout/judge.ts';
import { FleetQueries } from '../../src/shared/rollout/fleet-queries.ts';
import type { RolloutCounts } from '../../src/shared/status/ledger-reads.ts';
import { countsBy } from '../../src/shared/status/counts.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const DEVICES = 40;
const gate = { minAnswered: 1, maxFailedPercent: 10, soakMinutes: 0 };
const plan = (sites: readonly string[]) => ({
  stages: [...sites.map((site) => ({ where: `tags.site = '${site}'`, gate })), { percent: 100, gate }],
});

let harness: AdmissionHarness;
/** The hub's own; a test changes them. */
const limits = { ...standardLimits };

beforeAll(async () => {
  harness = await startAdmissionHarness(limits);
  for (let i = 0; i < DEVICES; i++) {
    harness.hub.devices.create(`device-${i}`, { deviceId: `device-${i}` });
    harness.hub.twins.update(`device-${i}`, { tags: { site: ['a', 'b', 'c', 'd'][i % 4] } }, '*');
  }
});
afterAll(() => harness.close());
afterEach(() => {
  Object.assign(limits, standardLimits);
});

/** Counts as the ledger would give them. */
function countsOf(change: Partial<Record<'Succeeded' | 'Failed' | 'Downloading', number>>): RolloutCounts {
  const { retrying, ...byState } = { ...countsBy(() => 0), ...change };
  return { byState, retrying, seen: Object.values(byState).reduce((sum, count) => sum + count, 0) };
}

async function started(sites: readonly string[]) {
  const { responseBody } = await harness.registry.getConfigurations();
  for (const { id } of responseBody) await harness.registry.removeConfiguration(id);
  const { admission, firmware } = await harness.world();
  await drop(firmware, 'plans/sites.json', Buffer.from(JSON.stringify(plan(sites))));
  await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'sites' });
  await admitUpload(admission, 'fw-1.0.1.bin');
  return admission;
}

function judgeOf(
  admission: Admission,
  counts: () => RolloutCounts,
  configurations = admission.configurations,
): JudgeParts {
  return {
    rollouts: admission.rollouts,
    configurations,
    fleet: new FleetQueries(async () => harness.registry),
    tags: { isComplete: async () => true, want: async () => undefined } as unknown as JudgeParts['tags'],
    ledger: async () => ({
      countsOf: async () => counts(),
      countStuck: async () => 0,
      failuresOf: async () => ({ groups: [], others: 0, truncated: false }),
    }),
  };
}

const conditionOnHub = async () =>
  (await harness.registry.getConfiguration(ROLLOUT)).responseBody.targetCondition;

test('of many judges at once, one opens each stage, and none is skipped', async () => {
  const admission = await started(['a', 'b', 'c']);
  let succeeded = 10;
  const counts = () => countsOf({ Succeeded: succeeded });
  const judges = Array.from({ length: 6 }, () => judgeOf(admission, counts));
  for (let stage = 1; stage <= 3; stage++) {
    const now = new Date();
    const runs = await Promise.all(judges.map((parts) => judgeRollouts(parts, now)));
    const opened = runs
      .flatMap(({ judgements }) => judgements)
      .filter(({ decision }) => decision === 'open-stage');
    expect(opened.map((judgement) => judgement.stage)).toEqual([stage]);
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ stage, state: 'running' });
    succeeded += 10;
  }
  expect(await conditionOnHub()).toBe('*');
  const journal = await admission.rollouts.journal(ROLLOUT);
  expect(journal.map(({ action, stage }) => [action, stage])).toEqual([
    ['started', 0],
    ['stage-opened', 1],
    ['stage-opened', 2],
    ['stage-opened', 3],
  ]);
  expect(journal[1]?.inputs).toMatchObject({ succeeded: 10, failed: 0, selected: 20 });
});

test('a judge that dies before it could tell the hub leaves the telling to the next', async () => {
  const admission = await started(['a', 'b']);
  const dying = new HubConfigurations(async () => harness.registry);
  dying.retarget = async () => {
    throw new Error('killed');
  };
  const counts = () => countsOf({ Succeeded: 10 });
  const run = await judgeRollouts(judgeOf(admission, counts, dying), new Date());
  expect(run.failures).toHaveLength(1);
  expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ stage: 1, revision: 1, appliedRevision: 0 });
  expect(await conditionOnHub()).toBe("(tags.site = 'a')");

  await judgeRollouts(judgeOf(admission, counts), new Date());
  expect(await conditionOnHub()).toBe("(tags.site = 'a') OR (tags.site = 'b')");
  expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ stage: 1, appliedRevision: 1 });
});

test('a failed gate withdraws the offer, and nothing opens afterwards by itself', async () => {
  const admission = await started(['a', 'b']);
  const bad = judgeOf(admission, () => countsOf({ Succeeded: 2, Failed: 8 }));
  await judgeRollouts(bad, new Date());
  expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'stopped', stage: 0 });
  expect(await conditionOnHub()).toBe('');
  await judgeRollouts(
    judgeOf(admission, () => countsOf({ Succeeded: 1000 })),
    new Date(),
  );
  expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'stopped', stage: 0, revision: 1 });
});

test('a configuration that a person removed stops its rollout', async () => {
  const admission = await started(['a']);
  await harness.registry.removeConfiguration(ROLLOUT);
  await judgeRollouts(
    judgeOf(admission, () => countsOf({})),
    new Date(),
  );
  const rollout = await admission.rollouts.get(ROLLOUT);
  expect(rollout).toMatchObject({ state: 'stopped', appliedRevision: 1 });
  expect(rollout?.reason).toContain('removed on the hub');
});

describe('a condition that the hub does not take any more', () => {
  const counts = () => countsOf({ Succeeded: 10 });
  const FIRST = "(tags.site = 'a')";

  /** What the journal says after three runs, and what failed in them. */
  async function threeRuns(admission: Admission, parts: JudgeParts) {
    const failures: unknown[] = [];
    for (let run = 0; run < 3; run++) failures.push(...(await judgeRollouts(parts, new Date())).failures);
    const journal = await admission.rollouts.journal(ROLLOUT);
    return {
      failures,
      journal: journal.map(({ action, actor, stage, state }) => [action, actor, stage, state]),
    };
  }

  test('pauses the rollout once, with the words of the hub, before the stage opens', async () => {
    const admission = await started(['a', 'b']);
    // The query that counts is longer than the condition itself.
    limits.queryCharacters = 60;
    expect(await threeRuns(admission, judgeOf(admission, counts))).toEqual({
      failures: [],
      journal: [
        ['started', 'service', 0, 'starting'],
        ['paused', 'service', 0, 'paused'],
      ],
    });
    const rollout = await admission.rollouts.get(ROLLOUT);
    expect(rollout?.reason).toContain('longer than 60 characters');
    expect(rollout).toMatchObject({ revision: 1, appliedRevision: 1 });
    expect(await conditionOnHub()).toBe(FIRST);
  });

  test('takes a stage back that was opened, so that the hub keeps what it has', async () => {
    const admission = await started(['a', 'b']);
    const parts = { ...judgeOf(admission, counts), fleet: { count: async () => 20 } };
    limits.queryCharacters = 30;
    const { failures, journal } = await threeRuns(admission, parts as unknown as JudgeParts);
    expect(failures).toEqual([]);
    expect(journal).toEqual([
      ['started', 'service', 0, 'starting'],
      ['stage-opened', 'service', 1, 'running'],
      ['paused', 'service', 0, 'paused'],
    ]);
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ stage: 0, appliedRevision: 2 });
    expect(await conditionOnHub()).toBe(FIRST);
  });

  test('pauses also where a judge died before it could tell the hub; a failed gate still stops it', async () => {
    const admission = await started(['a', 'b']);
    const dying = new HubConfigurations(async () => harness.registry);
    dying.retarget = async () => {
      throw new Error('killed');
    };
    await judgeRollouts(judgeOf(admission, counts, dying), new Date());
    limits.queryCharacters = 30;
    const { failures, journal } = await threeRuns(admission, judgeOf(admission, counts));
    expect(failures).toEqual([]);
    expect(journal.at(-1)).toEqual(['paused', 'service', 1, 'paused']);
    const bad = judgeOf(admission, () => countsOf({ Succeeded: 10, Failed: 30 }));
    await judgeRollouts(bad, new Date());
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'stopped' });
    // This hub takes no change at all by now; it hears of the stop as soon as it does.
    Object.assign(limits, standardLimits);
    await judgeRollouts(bad, new Date());
    expect(await conditionOnHub()).toBe('');
  });
});
