import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Crc16 } from '../../local/devkit/crc16.ts';
import type { FaultName } from '../../local/devkit/fault-profiles.ts';
import { buildFirmwareImage, fullFlashImage } from '../../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import type { DeviceView } from '../../src/shared/status/device-view.ts';
import type { DeviceUpdateSummary } from '../../src/shared/status/device-history.ts';
import { readOpenMetrics } from '../unit/http/open-metrics-lint.ts';
import { hubRegistry } from './hub-registry.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

interface ServedRollout {
  readonly counts: Readonly<Record<string, number>>;
  readonly seen: number;
  readonly pending: number;
  readonly release: { readonly sha256: string };
}

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const FAULTS = {
  'falls-back': 10,
  'wrong-bytes': 10,
  'cut-download': 5,
  'error-until-reset': 5,
  silent: 5,
  slow: 5,
} as const;

/** 20 devices with every fault profile among them, over every wire of the local cloud. */
describe('a fleet that is updated by dropping an image', () => {
  let test20: TestCloud;
  let fleet: FleetProcess;
  const image = buildFirmwareImage({ version: '1.0.1', size: 600_000 });

  const rollout = () => test20.get<ServedRollout>(`/rollouts/${ROLLOUT}`);
  const devicesWith = (...faults: FaultName[]) =>
    fleet.devices.filter(({ fault }) => faults.includes(fault)).map(({ deviceId }) => deviceId);
  const devicesIn = async (state: string) => {
    const page = await test20.get<{ value: DeviceUpdateSummary[] }>(
      `/rollouts/${ROLLOUT}/devices?state=${state}`,
    );
    return page.value.map(({ deviceId }) => deviceId).toSorted();
  };

  beforeAll(async () => {
    test20 = await TestCloud.start();
    fleet = await startFleetProcess(test20.cloud, {
      devices: 20,
      speed: 100,
      faults: FAULTS,
      onMessage: () => undefined,
    });
    await test20.drop('FirmwareOTA-1.0.1.bin', image);
  });
  afterAll(async () => {
    await fleet.stop();
    await test20.close();
  });

  test('ends with every healthy device succeeded, and none that is not', async () => {
    const good = devicesWith('none', 'slow');
    expect(good).toHaveLength(13);
    await eventually('13 devices have succeeded', async () =>
      (await rollout()).counts['Succeeded'] === 13 ? true : undefined,
    );
    expect(await devicesIn('Succeeded')).toEqual(good);
  });

  test('tells of the devices that failed, with their reason, and keeps the silent one pending', async () => {
    await eventually('the failing devices have failed', async () =>
      (await rollout()).counts['Failed'] === 4 ? true : undefined,
    );
    expect(await devicesIn('Failed')).toEqual(
      devicesWith('wrong-bytes', 'cut-download', 'error-until-reset'),
    );
    const page = await test20.get<{ value: DeviceUpdateSummary[] }>(
      `/rollouts/${ROLLOUT}/devices?state=Failed`,
    );
    const reasons = new Map(page.value.map(({ deviceId, reason }) => [deviceId, reason]));
    for (const id of devicesWith('wrong-bytes')) expect(reasons.get(id)).toBe('VerifyFailed');
    for (const id of devicesWith('cut-download')) expect(reasons.get(id)).toBe('DownloadFailed');
    const { seen, pending } = await eventually('the hub has said how many it targets', async () => {
      const answer = await rollout();
      return answer.pending === 1 ? answer : undefined;
    });
    expect({ seen, pending }).toEqual({ seen: 19, pending: 1 });
  });

  test('shows devices that fall back as what they are, attempt after attempt', async () => {
    for (const deviceId of devicesWith('falls-back')) {
      const [update] = await eventually('three attempts', async () => {
        const { updates } = await test20.get<DeviceView>(`/devices/${deviceId}`);
        return (updates[0]?.attempt ?? 0) >= 3 ? updates : undefined;
      });
      const states = update?.history.filter(({ attempt }) => attempt === 1).map(({ state }) => state);
      expect(states).toEqual(['Downloading', 'Applying', 'Reverted']);
      expect(update?.history.some(({ state }) => state === 'Succeeded')).toBe(false);
    }
  });

  test('counts a device that works after its reset, in a second attempt', async () => {
    const [deviceId = ''] = devicesWith('error-until-reset');
    fleet.reset(deviceId);
    const update = await eventually('it has succeeded', async () => {
      const { updates } = await test20.get<DeviceView>(`/devices/${deviceId}`);
      return updates.find(({ state }) => state === 'Succeeded');
    });
    expect(update).toMatchObject({ attempt: 2, currentVersion: '1.0.1' });
    expect((await rollout()).counts).toMatchObject({ Succeeded: 14, Failed: 3 });
  });

  test('has one configuration on the hub, with the CRC that an independent implementation computes', async () => {
    const { registry, close } = hubRegistry({
      port: Number(new URL(test20.cloud.endpoints.iotHubRest).port),
      ca: test20.cloud.ca,
      key: test20.cloud.hub.policyKey('service') ?? '',
    });
    const { responseBody } = await registry.getConfigurations();
    close();
    const crc = new Crc16();
    crc.update(image);
    expect(responseBody).toHaveLength(1);
    expect(responseBody[0]).toMatchObject({
      id: ROLLOUT,
      content: {
        deviceContent: {
          'properties.desired.firmware': {
            fwVersion: '1.0.1',
            fwPackageCheckValue: `0x${crc.value().toString(16).padStart(4, '0')}`,
            fwSize: 600_000,
          },
        },
      },
    });
  });

  test('keeps its counts equal to its devices, page by page', async () => {
    const devices: DeviceUpdateSummary[] = [];
    let path: string | undefined = `/rollouts/${ROLLOUT}/devices?limit=3`;
    while (path) {
      const page: { value: DeviceUpdateSummary[]; nextLink?: string } = await test20.get(path);
      expect(page.value.length).toBeLessThanOrEqual(3);
      devices.push(...page.value);
      path = page.nextLink?.replace('/api', '');
    }
    const ids = devices.map(({ deviceId }) => deviceId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(19);
    const { counts } = await rollout();
    expect(devices.filter(({ state }) => state === 'Succeeded')).toHaveLength(counts['Succeeded'] ?? -1);
  });

  test('has kept its counts over time, and tells failures by reason', async () => {
    const series = await eventually('the judge has kept a point', async () => {
      const found = await test20.get<{ at: string[] } & Record<string, number[]>>(
        `/rollouts/${ROLLOUT}/counts`,
      );
      return found.at.length > 0 ? found : undefined;
    });
    expect(Object.keys(series)).toHaveLength(10);
    expect(new Set(Object.values(series).map((column) => column.length))).toEqual(
      new Set([series.at.length]),
    );

    const { value } = await test20.get<{ value: { reason?: string; devices: number; examples: string[] }[] }>(
      `/rollouts/${ROLLOUT}/failures`,
    );
    const verify = value.find(({ reason }) => reason === 'VerifyFailed');
    expect(verify?.examples.toSorted()).toEqual(devicesWith('wrong-bytes'));
  });

  test('tells a monitoring system that everything is recorded', async () => {
    const metrics = await eventually('no twin change waits', async () => {
      const answer = await fetch(`${test20.cloud.endpoints.http}/api/metrics`);
      const families = readOpenMetrics(await answer.text());
      const waiting = families.get('firmware_ota_ingest_lag')?.samples ?? [];
      return waiting.length === 4 && waiting.every(({ value }) => value === 0) ? families : undefined;
    });
    const recorded = metrics.get('firmware_ota_twin_changes_recorded')?.samples ?? [];
    expect(recorded.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(3 * 19);
  });

  test.each([
    [
      'full-1.0.2.bin',
      fullFlashImage(buildFirmwareImage({ version: '1.0.2', size: 100_000 })),
      'image-full-flash',
    ],
    ['FirmwareOTA-1.0.3.bin', image, 'image-without-version'],
    ['huge-1.0.4.bin', Buffer.alloc(1_100_000, 7), 'image-too-large'],
  ])('refuses %s where everybody can see it', async (path, bytes, code) => {
    await test20.drop(path, bytes);
    const refusal = await eventually(`the refusal of ${path}`, async () => {
      const { value } = await test20.get<{ value: { path: string; code: string; message: string }[] }>(
        '/refusals',
      );
      return value.find((one) => one.path === path);
    });
    expect(refusal.code).toBe(code);
    const tags = await eventually('its tags', async () => {
      const found = await test20.tags(path);
      return found['otaOutcome'] === undefined ? undefined : found;
    });
    expect(tags).toMatchObject({ otaOutcome: 'refused', otaCode: code });
  });

  test('answers its health, and problems as problems', async () => {
    expect(await test20.get('/health')).toEqual({ status: 'ok' });
    expect(await test20.get('/health/ready')).toMatchObject({
      ready: true,
      checks: { iotHub: { ok: true } },
    });
    expect(await test20.get('/rollouts/nothing', 404)).toMatchObject({
      type: 'urn:firmware-ota:problem:not-found',
    });
    expect(await test20.get('/devices/nobody', 404)).toMatchObject({ status: 404 });
    expect(await test20.get('/rollouts?colour=red', 400)).toMatchObject({ errors: [{ pointer: 'colour' }] });
    expect(await test20.get(`/rollouts/${ROLLOUT}/devices?limit=0`, 400)).toMatchObject({
      errors: [{ pointer: 'limit' }],
    });
    expect(await test20.get(`/rollouts/${ROLLOUT}/devices?continuation=x`, 400)).toMatchObject({
      errors: [{ pointer: 'continuation' }],
    });
  });
});
