import { afterEach, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

interface Listed {
  readonly deviceId: string;
  readonly state: string;
  readonly stuck?: { readonly diagnosis: string; readonly offlineSince?: string; readonly text: string };
}
interface Served {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly leftOver?: Readonly<Record<string, unknown>>;
}

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const DEVICES = 8;
/** It is complete soon after its start, and devices go on as they would with a day's deadline. */
const PLAN = { deadlineHours: 0.001, limits: { downloadingMinutes: 0.3 } };

let cloud: TestCloud;
let fleet: FleetProcess | undefined;

afterEach(async () => {
  await fleet?.stop();
  await cloud.close();
});

const devices = async (query = '') =>
  (await cloud.get<{ value: Listed[] }>(`/rollouts/${ROLLOUT}/devices?limit=200&${query}`)).value;

test('what is left over is told by reason: devices that fall offline while they download, and silent ones', async () => {
  cloud = await TestCloud.start({ settings: { ROLLOUT_JUDGE_SCHEDULE: '* * * * * *' } });
  const faults = { silent: 25, slow: 25 };
  // A good device takes about ten seconds for the image, a slow one a hundred.
  fleet = await startFleetProcess(cloud.cloud, {
    devices: DEVICES,
    speed: 4,
    faults,
    onMessage: () => undefined,
  });
  await cloud.drop('plans/short.json', Buffer.from(JSON.stringify(PLAN)));
  const image = buildFirmwareImage({ version: '1.0.1', size: 400_000 });
  await cloud.drop('FirmwareOTA-1.0.1.bin', image, { plan: 'short' });
  await eventually(
    'the good devices have the image, and the slow ones are at it',
    async () => {
      const states = (await devices()).map(({ state }) => state).toSorted();
      const wanted = [...Array<string>(2).fill('Downloading'), ...Array<string>(4).fill('Succeeded')];
      return states.join() === wanted.join() || undefined;
    },
    120_000,
  );
  await fleet.stop();
  fleet = undefined;

  const stuck = await eventually(
    'the hub was asked about the stuck devices',
    async () => {
      const found = await devices('stuck=true');
      return found.length === 2 && found.every((one) => one.stuck?.diagnosis === 'offline')
        ? found
        : undefined;
    },
    150_000,
  );
  for (const one of stuck) {
    expect(one.stuck?.text).toContain(`offline since ${one.stuck?.offlineSince?.slice(0, 19)}`);
    expect(Date.parse(one.stuck?.offlineSince ?? '')).toBeLessThanOrEqual(Date.now());
  }

  const { state, leftOver } = await eventually(
    'what is left over is determined',
    async () => {
      const now = await cloud.get<Served>(`/rollouts/${ROLLOUT}`);
      return now.leftOver?.['stuck'] === 2 && now.leftOver['pendingDevices'] !== undefined ? now : undefined;
    },
    150_000,
  );
  expect(state).toBe('completed');
  expect(leftOver).toMatchObject({ pending: 2, working: 0, stuck: 2, failed: 0, reverted: 0 });
  const pending = await cloud.get<{ value: { deviceId: string }[] }>(`/rollouts/${ROLLOUT}/pending-devices`);
  const seen = new Set((await devices()).map(({ deviceId }) => deviceId));
  const all = Array.from({ length: DEVICES }, (_, i) => `devkit-${String(i + 1).padStart(4, '0')}`);
  expect(pending.value.map(({ deviceId }) => deviceId).toSorted()).toEqual(all.filter((id) => !seen.has(id)));

  const journal = await cloud.get<{ value: { action: string; inputs: Record<string, unknown> }[] }>(
    `/rollouts/${ROLLOUT}/journal`,
  );
  const completed = journal.value.find(({ action }) => action === 'completed');
  expect(Object.keys(completed?.inputs ?? {})).toEqual(
    expect.arrayContaining(['leftOverPending', 'leftOverStuck', 'leftOverFailed', 'leftOverReverted']),
  );
});
