import { afterEach, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import type { DeviceView } from '../../src/shared/status/device-view.ts';
import type { DeviceUpdateSummary } from '../../src/shared/status/device-history.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const image = buildFirmwareImage({ version: '1.0.1', size: 600_000 });

let cloud: TestCloud;
let fleet: FleetProcess | undefined;

afterEach(async () => {
  await fleet?.stop();
  fleet = undefined;
  await cloud.close();
});

const counts = async () =>
  (await cloud.get<{ counts: Record<string, number> }>(`/rollouts/${ROLLOUT}`)).counts;

/** Every device has succeeded, and each history tells its way once. */
async function expectAllSucceeded(devices: number): Promise<void> {
  await eventually('all have succeeded', async () =>
    (await counts())['Succeeded'] === devices ? true : undefined,
  );
  const { value } = await cloud.get<{ value: DeviceUpdateSummary[] }>(
    `/rollouts/${ROLLOUT}/devices?limit=200`,
  );
  expect(value.map(({ state, attempt, missed }) => ({ state, attempt, missed }))).toEqual(
    Array.from({ length: devices }, () => ({ state: 'Succeeded', attempt: 1, missed: 0 })),
  );
  for (const { deviceId } of value.slice(0, 5)) {
    const { updates } = await cloud.get<DeviceView>(`/devices/${deviceId}`);
    expect(updates[0]?.history.map(({ state }) => state)).toEqual(['Downloading', 'Applying', 'Succeeded']);
  }
}

test('a host that is killed in the middle of an admission and of a rollout changes nothing of the end', async () => {
  cloud = await TestCloud.start();
  const { functionHost } = cloud.cloud;
  fleet = await startFleetProcess(cloud.cloud, {
    devices: 20,
    speed: 30,
    faults: {},
    onMessage: () => undefined,
  });
  await cloud.drop('FirmwareOTA-1.0.1.bin', image);

  await eventually('the admission runs', async () =>
    cloud.lines.some(({ functionName }) => functionName === 'firmware-uploaded') ? true : undefined,
  );
  functionHost.kill();
  await functionHost.ready();

  await eventually('some devices download', async () => ((await counts())['Downloading'] ? true : undefined));
  functionHost.kill();
  await functionHost.ready();
  await eventually('some devices are further', async () =>
    (await counts())['Succeeded'] ? true : undefined,
  );
  functionHost.kill();
  await functionHost.ready();

  await expectAllSucceeded(20);
  expect(functionHost.restarts()).toBe(3);
  const configurations = cloud.cloud.hub.configurations.list(100);
  expect(configurations.map(({ id }) => id)).toEqual([ROLLOUT]);
  expect(await cloud.get('/refusals')).toEqual({ value: [] });
});

test('a hub that is away for a while only delays an upload', async () => {
  cloud = await TestCloud.start({ settings: { FIRMWARE_SWEEP_SCHEDULE: '* * * * * *' } });
  cloud.cloud.hubRest.outage(503);
  await cloud.drop('FirmwareOTA-1.0.1.bin', image);
  await eventually('an attempt has failed', async () =>
    cloud.lines.some(({ level, functionName }) => level === 'error' && functionName === 'firmware-uploaded')
      ? true
      : undefined,
  );
  expect(await cloud.get('/health/ready', 503)).toMatchObject({
    ready: false,
    checks: { iotHub: { ok: false } },
  });
  cloud.cloud.hubRest.outage(undefined);
  await eventually('the rollout is active', async () => {
    const rollout = await cloud.get(`/rollouts/${ROLLOUT}`);
    return rollout['state'] === 'running' ? true : undefined;
  });
  // The tags are the last step of an admission.
  const tags = await eventually('its tags', async () => {
    const found = await cloud.tags('FirmwareOTA-1.0.1.bin');
    return found['otaOutcome'] === undefined ? undefined : found;
  });
  expect(tags).toMatchObject({ otaOutcome: 'admitted' });
});

test('a cloud that is stopped in the middle goes on where it was', async () => {
  cloud = await TestCloud.start();
  fleet = await startFleetProcess(cloud.cloud, {
    devices: 5,
    speed: 20,
    faults: {},
    onMessage: () => undefined,
  });
  await cloud.drop('FirmwareOTA-1.0.1.bin', image);
  await eventually('some devices download', async () => ((await counts())['Downloading'] ? true : undefined));
  await fleet.stop();
  await cloud.stop();

  cloud = await TestCloud.start({ directory: cloud.directory });
  fleet = await startFleetProcess(cloud.cloud, {
    devices: 5,
    speed: 20,
    faults: {},
    onMessage: () => undefined,
  });
  const end = await eventually('all have succeeded', async () => {
    const now = await counts();
    return now['Succeeded'] === 5 ? now : undefined;
  });
  expect(end).toMatchObject({ Succeeded: 5, Failed: 0, Reverted: 0 });
});
