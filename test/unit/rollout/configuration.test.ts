import { expect, test } from 'vitest';
import { releaseBlobPath, rolloutId } from '../../../src/shared/firmware/release.ts';
import { builtInPlans } from '../../../src/shared/rollout/built-in-plans.ts';
import { configurationOf } from '../../../src/shared/rollout/configuration.ts';
import { nothingCounted } from '../../../src/shared/rollout/rollout.ts';

const sha256 = 'ab'.repeat(32);
const release = {
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  size: 558216,
  crc16: 0xa1,
  sha256,
  blobPath: releaseBlobPath('IoTDevKit', '1.0.1', sha256),
  url: 'https://h/releases/x.bin',
  rolloutId: rolloutId('IoTDevKit', '1.0.1'),
  targetCondition: '*',
  source: { path: 'FirmwareOTA-1.0.1.bin', etag: '0x1' },
  createdAt: '2026-01-02T03:04:05.000Z',
};
const rollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  createdAt: '2026-01-02T03:04:05.000Z',
  shards: 4,
  planName: 'all-at-once',
  plan: { ...builtInPlans['all-at-once'], targetCondition: "tags.environment='test'" },
  labels: { ticket: 'OPS-17' },
  windowStart: 0,
  state: 'running' as const,
  stage: 0,
  buckets: 10_000,
  stageOpenedAt: '2026-01-02T03:04:05.000Z',
  baseline: nothingCounted,
  approvedStage: -1,
  overruledStage: -1,
  priority: 12,
  reason: '',
  revision: 0,
};

test('the configuration of a rollout is what the tutorial makes by hand', () => {
  const metric = (status: string) =>
    `SELECT deviceId FROM devices WHERE properties.reported.firmware.fwUpdateStatus='${status}' AND properties.reported.firmware.type='IoTDevKit'`;
  expect(configurationOf(rollout, release, 'https://h/releases/x.bin?sig=s')).toEqual({
    id: 'fw-iotdevkit-1-0-1',
    schemaVersion: '1.0',
    content: {
      deviceContent: {
        'properties.desired.firmware': {
          fwVersion: '1.0.1',
          fwPackageURI: 'https://h/releases/x.bin?sig=s',
          fwPackageCheckValue: '0x00a1',
          fwSize: 558216,
        },
      },
    },
    targetCondition: "tags.environment='test'",
    priority: 12,
    labels: {
      ticket: 'OPS-17',
      version: '1.0.1',
      deviceType: 'IoTDevKit',
      crc16: '0x00a1',
      size: '558216',
      sha256,
    },
    metrics: {
      queries: {
        Current: metric('Current'),
        Downloading: metric('Downloading'),
        Verifying: metric('Verifying'),
        Applying: metric('Applying'),
        Error: metric('Error'),
      },
    },
  });
});

test('names are bound to version and bytes, in the alphabets of hub and blob storage', () => {
  expect(release.rolloutId).toBe('fw-iotdevkit-1-0-1');
  expect(release.blobPath).toBe('IoTDevKit/1.0.1-abababababab.bin');
  expect(rolloutId('A'.repeat(64), '999999999.999999999.999999999.999999999')).toMatch(
    /^[a-z0-9][a-z0-9_-]{0,127}$/,
  );
});
