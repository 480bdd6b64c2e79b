import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAzurite, type RunningAzurite } from '../../local/azurite.ts';
import { createCertificates } from '../../local/certificates.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type HubRest, startHubRest } from '../../local/iot-hub/rest-server.ts';
import { bucketOf } from '../../src/shared/rollout/bucket.ts';
import { BucketTags } from '../../src/shared/rollout/bucket-tags.ts';
import { FleetQueries } from '../../src/shared/rollout/fleet-queries.ts';
import { hubRegistry } from './hub-registry.ts';

const DEVICES = 5000;
const RATE = 50;
const SECOND = 1000;

let azurite: RunningAzurite;
let hub: IotHub;
let rest: HubRest;
let service: ReturnType<typeof hubRegistry>;
/** Seconds pass when somebody waits for them. */
let clock = 0;

beforeAll(async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  const certificates = await createCertificates();
  hub = new IotHub({
    hostName: 'localhost',
    now: () => new Date(),
    schedule: () => ({ cancel: () => undefined }),
    emit: () => undefined,
    limits: standardLimits,
    evaluation: { afterChangeMs: SECOND, intervalMs: SECOND },
  });
  for (let i = 0; i < DEVICES; i++) hub.devices.create(`device-${i}`, { deviceId: `device-${i}` });
  rest = await startHubRest({ hub, host: '127.0.0.1', port: 0, tls: certificates, now: () => new Date() });
  service = hubRegistry({ port: rest.port, ca: certificates.ca, key: hub.policyKey('service') ?? '' });
});
afterAll(async () => {
  service.close();
  hub.close();
  await rest.close();
  await azurite.close();
});

function newTags(): BucketTags {
  const table = async () => {
    const options = { allowInsecureConnection: true };
    const client = TableClient.fromConnectionString(azurite.connectionString, 'rollouts', options);
    await client.createTable();
    return client;
  };
  return new BucketTags({
    table,
    registry: async () => service.registry,
    fleet: new FleetQueries(async () => service.registry),
    updatesPerSecond: RATE,
    now: () => new Date(clock),
    wait: async (milliseconds) => {
      clock += milliseconds;
    },
  });
}

const tagOf = (deviceId: string) => hub.twins.get(deviceId)['tags'];

test('5,000 devices are tagged within the rate, by a backfill that goes on after it was cut off', async () => {
  const tags = newTags();
  expect(await tags.isWanted()).toBe(false);
  await tags.tagNew(['device-0']);
  expect(tagOf('device-0')).toBeUndefined();

  await tags.want();
  const first = await tags.backfill(new Date(clock + 20 * SECOND));
  expect(first).toEqual({ tagged: 20 * RATE, complete: false });
  expect(await tags.isComplete()).toBe(false);

  // Another process goes on, as after a kill.
  const again = newTags();
  const before = clock;
  const second = await again.backfill(new Date(clock + 1000 * SECOND));
  expect(second).toEqual({ tagged: DEVICES - 20 * RATE, complete: true });
  const seconds = (clock - before) / SECOND;
  expect((DEVICES - 20 * RATE) / seconds).toBeLessThanOrEqual(RATE);
  expect(await again.isComplete()).toBe(true);
  for (const deviceId of ['device-0', 'device-2500', 'device-4999']) {
    expect(tagOf(deviceId)).toEqual({ ota: { bucket: bucketOf(deviceId) } });
  }
});

test('a device that was created later is tagged at once; one that is gone is passed over', async () => {
  hub.devices.create('late', { deviceId: 'late' });
  await newTags().tagNew(['late', 'gone']);
  expect(tagOf('late')).toEqual({ ota: { bucket: bucketOf('late') } });
});

test('a hub that is away fails the run, and nothing that was tagged is lost', async () => {
  hub.devices.create('later', { deviceId: 'later' });
  rest.outage(503);
  await expect(newTags().backfill(new Date(clock + SECOND))).rejects.toMatchObject({ kind: 'unavailable' });
  rest.outage(undefined);
  expect(await newTags().backfill(new Date(clock + 10 * SECOND))).toEqual({ tagged: 1, complete: true });
});
