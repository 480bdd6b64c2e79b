import { afterEach, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import type { FaultShares } from '../../local/devkit/assign-faults.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { bucketOf } from '../../src/shared/rollout/bucket.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

interface Served {
  readonly state: string;
  readonly stage: number;
  readonly stages: number;
  readonly reason: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly seen: number;
  readonly pending: number;
  readonly hub: { readonly targeted: number };
  readonly revision: number;
  readonly evidence: { readonly working: number };
  readonly next: { readonly decision: string };
}

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const DEVICES = 200;
const image = buildFirmwareImage({ version: '1.0.1', size: 200_000 });
/** The stages of `careful`, without the soak time of the production plan. */
const PLAN = {
  stages: [0.1, 1, 10, 50, 100].map((percent) => ({
    percent,
    minDevices: 5,
    gate: { minAnswered: 4, maxFailedPercent: 10, soakMinutes: 0, minEndedPercent: 80 },
  })),
};

let cloud: TestCloud;
let fleet: FleetProcess | undefined;

afterEach(async () => {
  await fleet?.stop();
  fleet = undefined;
  await cloud.close();
});

/** What the judge has logged. */
const judgements = () =>
  cloud.lines.flatMap(({ message }) =>
    message.includes('"event":"rollout-judged"')
      ? [JSON.parse(message) as { decision: string; stage: number }]
      : [],
  );
const rollout = () => cloud.get<Served>(`/rollouts/${ROLLOUT}`);

async function start(faults: FaultShares, devices = DEVICES): Promise<void> {
  cloud = await TestCloud.start({
    settings: { ROLLOUT_JUDGE_SCHEDULE: '* * * * * *', TWIN_UPDATES_PER_SECOND: '500' },
  });
  fleet = await startFleetProcess(cloud.cloud, {
    devices,
    speed: 100,
    faults,
    onMessage: () => undefined,
  });
  await cloud.drop('plans/quick.json', Buffer.from(JSON.stringify(PLAN)));
  await cloud.drop('FirmwareOTA-1.0.1.bin', image, { plan: 'quick' });
}

test('a good image walks through its stages by itself', async () => {
  await start({});
  const seen: number[] = [];
  const done = await eventually(
    'the rollout is complete',
    async () => {
      const now = await rollout();
      if (seen.at(-1) !== now.stage) seen.push(now.stage);
      return now.state === 'completed' ? now : undefined;
    },
    150_000,
  );
  expect(done.counts['Succeeded']).toBe(DEVICES);
  // It never goes back, and it did not offer the image to everybody at once.
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.length).toBeGreaterThanOrEqual(3);
  const tags = cloud.cloud.hub.twins.get('devkit-0001')['tags'];
  expect(tags).toEqual({ ota: { bucket: bucketOf('devkit-0001') } });
});

test('an image on which every device falls back stops in the first stage', async ({ annotate }) => {
  await start({ 'falls-back': 100 });
  const stopped = await eventually(
    'the rollout has stopped',
    async () => {
      const now = await rollout();
      return now.state === 'stopped' ? now : undefined;
    },
    120_000,
  );
  expect(stopped.stage).toBe(0);
  expect(stopped.reason).toContain('failed');
  // Of 200 devices: those that the image was offered to, and so those that it could harm.
  expect(stopped.hub.targeted).toBeLessThanOrEqual(20);
  expect(stopped.seen).toBeLessThanOrEqual(20);
  await annotate(`exposed: ${stopped.hub.targeted} of ${DEVICES} devices; ${stopped.seen} had begun`);
  expect(stopped.counts['Succeeded']).toBe(0);
  await eventually('the hub selects nobody any more', async () => {
    const [configuration] = cloud.cloud.hub.configurations.list(1);
    return configuration?.['targetCondition'] === '' ? true : undefined;
  });
  // The gate has closed for good: devices that fall back again and again change nothing.
  const { state, stage } = await rollout();
  expect({ state, stage }).toEqual({ state: 'stopped', stage: 0 });
});

test('an image that fails on 12 % with a limit of 10 % is decided on once, and stays decided', async () => {
  await start({ 'wrong-bytes': 12 });
  // It stops, waits for a person, or by chance gets through: then the first devices were luckier than the rest.
  const decided = await eventually(
    'the rollout is decided on',
    async () => {
      const now = await rollout();
      // A device that begins late is evidence too: only when none is left does a wait for a person stay one.
      const isSilent = now.evidence.working === 0 && now.pending === 0;
      const waits = now.next.decision === 'await-approval' && isSilent;
      const isOver = now.state !== 'starting' && now.state !== 'running';
      return isOver || waits ? now : undefined;
    },
    150_000,
  );
  const judged = judgements().length;
  await eventually(
    'it was judged ten times more',
    async () => judgements().length >= judged + 10 || undefined,
  );
  const { state, stage, revision, next } = await rollout();
  expect({ state, stage, revision, next: next.decision }).toEqual({
    state: decided.state,
    stage: decided.stage,
    revision: decided.revision,
    next: decided.next.decision,
  });
  const { value } = await cloud.get<{ value: { action: string; stage: number }[] }>(
    `/rollouts/${ROLLOUT}/journal`,
  );
  const stages = value.filter(({ action }) => action === 'stage-opened').map((entry) => entry.stage);
  expect(new Set(stages).size).toBe(stages.length);
  expect(value.filter(({ action }) => action === 'gate-failed').length).toBeLessThanOrEqual(1);
});

test('a host that is killed between a decision and the hub opens each stage once', async () => {
  await start({}, 60);
  const { functionHost } = cloud.cloud;
  for (let stage = 0; stage < 2; stage++) {
    await eventually(
      `stage ${stage} is open`,
      async () => {
        const now = await rollout();
        return now.stage >= stage || now.state === 'completed' ? true : undefined;
      },
      90_000,
    );
    functionHost.kill();
    await functionHost.ready();
  }
  await eventually(
    'the rollout is complete',
    async () => ((await rollout()).state === 'completed' ? true : undefined),
    150_000,
  );
  const opened = judgements().filter(({ decision }) => decision === 'open-stage');
  expect(new Set(opened.map(({ stage }) => stage)).size).toBe(opened.length);
  expect((await rollout()).counts['Succeeded']).toBe(60);
});
