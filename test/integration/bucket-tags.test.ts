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
/** When the hub has written a tag. */
const written: number[] = [];

beforeAll(async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  const certificates = await createCertificates();
  hub = new IotHub({
    hostName: 'localhost',
    now: () => new Date(),
    schedule: () => ({ cancel: () => undefined }),
    emit: ({ annotations }) => {
      if (annotations['iothub-message-source'] === 'twinChangeEvents') written.push(clock);
    },
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

/** Tags as an instance of the app has them. */
function newTags(registry: typeof service.registry = service.registry): BucketTags {
  const table = async () => {
    const options = { allowInsecureConnection: true };
    const client = TableClient.fromConnectionString(azurite.connectionString, 'rollouts', options);
    await client.createTable();
    return client;
  };
  let asked = clock;
  return new BucketTags({
    table,
    registry: async () => registry,
    fleet: new FleetQueries(async () => service.registry),
    updatesPerSecond: RATE,
    now: () => {
      asked = clock;
      return new Date(clock);
    },
    // Instances wait at the same time, not one after the other.
    wait: async (milliseconds) => {
      clock = Math.max(clock, asked + milliseconds);
    },
  });
}

const tagOf = (deviceId: string) => hub.twins.get(deviceId)['tags'];

/** A registry whose process dies after so many updates of twins: nothing that it is asked then comes back. */
function dyingAfter(updates: number): { registry: typeof service.registry; died: Promise<void> } {
  let left = updates;
  let die = (): void => undefined;
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const registry = new Proxy(service.registry, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (name === 'updateTwin' && left-- <= 0) {
        die();
        return () => new Promise(() => undefined);
      }
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { registry, died };
}

/** At no moment were more tags written than the rate allows since the first one. */
function expectWithinRate(): void {
  const [first = 0] = written;
  const tooEarly = written.filter((at, index) => index >= RATE * ((at - first) / SECOND + 1));
  expect(tooEarly).toEqual([]);
}

test('5,000 devices are tagged within the rate, by hosts that are killed, cut off and run at once', async () => {
  const tags = newTags();
  expect(await tags.isWanted()).toBe(false);
  await tags.tagNew(['device-0']);
  expect(tagOf('device-0')).toBeUndefined();

  await tags.want();
  // In the middle of a chunk: of the 21st second's fifty, ten are written.
  const { registry, died } = dyingAfter(20 * RATE + 10);
  void newTags(registry).backfill(new Date(clock + 1000 * SECOND));
  await died;
  expect(await tags.isComplete()).toBe(false);
  await expect.poll(() => written.length).toBe(20 * RATE + 10);

  const together = [newTags(), newTags()].map((each) => each.backfill(new Date(clock + 20 * SECOND)));
  const cutOff = await Promise.all(together);
  expect(cutOff.map(({ complete }) => complete)).toEqual([false, false]);
  expect(cutOff.reduce((sum, { tagged }) => sum + tagged, 0)).toBeGreaterThanOrEqual(18 * RATE);
  expectWithinRate();

  const last = await newTags().backfill(new Date(clock + 1000 * SECOND));
  expect(last.complete).toBe(true);
  expect(await tags.isComplete()).toBe(true);
  expectWithinRate();
  for (let i = 0; i < DEVICES; i++) {
    expect(tagOf(`device-${i}`)).toEqual({ ota: { bucket: bucketOf(`device-${i}`) } });
  }
});

test('who records events does not wait for a budget that others have taken', async () => {
  hub.devices.create('soon', { deviceId: 'soon' });
  const busy = newTags();
  for (let i = 0; i < 3; i++) {
    // Three turns are reserved by instances whose clock stands still.
    const before = clock;
    await busy.tagNew(Array.from({ length: RATE }, (_, index) => `gone-${index}`));
    clock = before;
  }
  const asked = clock;
  await newTags().tagNew(['soon']);
  expect(clock).toBe(asked);
  expect(tagOf('soon')).toBeUndefined();
  expect(await newTags().backfill(new Date(clock + 60 * SECOND))).toMatchObject({ complete: true });
  expect(tagOf('soon')).toEqual({ ota: { bucket: bucketOf('soon') } });
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
