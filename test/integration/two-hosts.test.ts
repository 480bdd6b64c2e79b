import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { appSettings } from '../../local/cloud.ts';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { type RunningFunctionHost, superviseFunctionHost } from '../../local/function-host/supervisor.ts';
import type { HostLogLine } from '../../local/function-host/host-messages.ts';
import { bucketOf } from '../../src/shared/rollout/bucket.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

const APP = fileURLToPath(new URL('../..', import.meta.url));
const ROLLOUT = 'fw-iotdevkit-1-0-1';
const DEVICES = 60;
const SETTINGS = { ROLLOUT_JUDGE_SCHEDULE: '* * * * * *' };
const image = buildFirmwareImage({ version: '1.0.1', size: 200_000 });
const PLAN = {
  stages: [0.1, 1, 10, 50, 100].map((percent) => ({
    percent,
    gate: { minAnswered: 4, maxFailedPercent: 10, soakMinutes: 0, minEndedPercent: 80 },
  })),
};

interface Entry {
  readonly revision: number;
  readonly action: string;
  readonly stage: number;
  readonly inputs: Readonly<Record<string, number>>;
}

let cloud: TestCloud;
let fleet: FleetProcess | undefined;
let second: RunningFunctionHost | undefined;

afterEach(async () => {
  await second?.stop();
  await fleet?.stop();
  await cloud.close();
});

/** A second instance of the app on the same storage, hub and events. */
async function startSecond(lines: HostLogLine[]): Promise<RunningFunctionHost> {
  return superviseFunctionHost({
    appDir: APP,
    env: { ...appSettings(cloud.cloud.endpoints), ...SETTINGS },
    port: 0,
    log: (line) => lines.push(line),
  });
}

const decided = (lines: readonly HostLogLine[]) =>
  lines.filter(({ message }) => message.includes('"event":"rollout-judged"')).length;
const journal = async () => (await cloud.get<{ value: Entry[] }>(`/rollouts/${ROLLOUT}/journal`)).value;
const stage = async () => (await cloud.get<{ stage: number }>(`/rollouts/${ROLLOUT}`)).stage;

test('two hosts that judge at once, one of them killed on the way, open each stage once and skip none', async () => {
  cloud = await TestCloud.start({ settings: SETTINGS });
  const lines: HostLogLine[] = [];
  second = await startSecond(lines);
  fleet = await startFleetProcess(cloud.cloud, {
    devices: DEVICES,
    speed: 100,
    faults: {},
    onMessage: () => undefined,
  });
  await cloud.drop('plans/quick.json', Buffer.from(JSON.stringify(PLAN)));
  await cloud.drop('FirmwareOTA-1.0.1.bin', image, { plan: 'quick' });

  await eventually('a stage is open', async () => ((await stage()) >= 0 ? true : undefined), 90_000);
  second.kill();
  await second.ready();
  await eventually(
    'the rollout is complete',
    async () => (await journal()).some(({ action }) => action === 'completed') || undefined,
    120_000,
  );
  expect(decided(lines)).toBeGreaterThan(0);
  expect(decided(cloud.lines)).toBeGreaterThan(0);

  const entries = await journal();
  // A revision is one decision: none is missing, and none was made twice.
  expect(entries.map(({ revision }) => revision)).toEqual(entries.map((_, index) => index));
  expect(entries.map(({ action }) => action).filter((action) => action !== 'stage-opened')).toEqual([
    'started',
    'completed',
  ]);
  const opened = entries.filter(({ action }) => action === 'stage-opened');
  const stages = opened.map((entry) => entry.stage);
  // Only a window that had to take everybody jumps, to the last stage.
  const last = PLAN.stages.length - 1;
  expect(stages.filter((at) => at !== last)).toEqual(stages.filter((at) => at !== last).map((_, at) => at));
  expect(stages.at(-1)).toBe(last);
  expect(new Set(stages).size).toBe(stages.length);
  const selected = opened.map(({ inputs }) => inputs['selected'] ?? 0);
  expect(selected).toEqual(selected.toSorted((a, b) => a - b));
  expect(selected.at(-1)).toBe(DEVICES);

  // A device that is created now has its tag as soon as an instance hears of it, at the latest at the next run.
  cloud.cloud.hub.devices.create('newcomer', { deviceId: 'newcomer' });
  const tags = await eventually('it is tagged', async () => cloud.cloud.hub.twins.get('newcomer')['tags']);
  expect(tags).toEqual({ ota: { bucket: bucketOf('newcomer') } });
});
