import type { Registry } from 'azure-iothub';
import type { Configuration } from 'azure-iothub/dist/configuration.js';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import type { HubRestAtHand } from './hub-rest-at-hand.ts';
import { hubRestAtHand } from './hub-rest-at-hand.ts';

let atHand: HubRestAtHand;
let registry: Registry;

beforeAll(async () => {
  atHand = await hubRestAtHand();
  ({ registry } = atHand);
});

afterAll(() => atHand.close());

async function fleet(name: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  await registry.addDevices(ids.map((deviceId) => ({ deviceId })));
  onTestFinished(async () => {
    await registry.removeDevices(
      ids.map((deviceId) => ({ deviceId })),
      true,
    );
  });
  return ids;
}

async function addConfiguration(
  configuration: Partial<Configuration> & { id: string },
): Promise<Configuration> {
  const { responseBody } = await registry.addConfiguration({
    schemaVersion: '1.0',
    content: { deviceContent: { 'properties.desired.firmware': { fwVersion: '1.0.1' } } },
    targetCondition: '*',
    priority: 10,
    ...configuration,
  });
  onTestFinished(async () => {
    await registry.removeConfiguration(configuration.id).catch(() => undefined);
    atHand.evaluate();
  });
  return responseBody;
}

test('a device is created with keys, read, disabled and deleted', async () => {
  const deviceId = "odd#$'d:(1)%";
  const { responseBody: created } = await registry.create({ deviceId });
  expect(created).toMatchObject({ deviceId, status: 'enabled', connectionState: 'Disconnected' });
  expect(Buffer.from(created.authentication?.symmetricKey?.primaryKey ?? '', 'base64')).toHaveLength(32);

  const { responseBody: read } = await registry.get(deviceId);
  expect(read.authentication).toEqual(created.authentication);

  await registry.update({ deviceId, status: 'disabled' });
  const { responseBody: disabled } = await registry.get(deviceId);
  expect(disabled).toMatchObject({ status: 'disabled', authentication: created.authentication });
  expect(disabled.etag).not.toBe(created.etag);

  await registry.delete(deviceId);
  await expect(registry.get(deviceId)).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
});

test('a device that exists cannot be created, one that does not cannot be updated', async () => {
  const [deviceId = ''] = await fleet('twice', 1);
  await expect(registry.create({ deviceId })).rejects.toMatchObject({ name: 'DeviceAlreadyExistsError' });
  await expect(registry.update({ deviceId: 'nobody' })).rejects.toMatchObject({
    name: 'DeviceNotFoundError',
  });
  await expect(registry.create({ deviceId: 'a b' })).rejects.toMatchObject({ name: 'ArgumentError' });
});

test('a bulk request reports what failed and does the rest', async () => {
  const [existing = '', other = ''] = await fleet('bulk', 2);
  const { responseBody } = await registry.updateDevices(
    [
      { deviceId: existing, status: 'disabled' },
      { deviceId: 'missing', status: 'disabled' },
    ],
    true,
  );
  expect(responseBody).toMatchObject({
    isSuccessful: false,
    errors: [{ deviceId: 'missing', errorCode: 'DeviceNotFound' }],
  });
  const { responseBody: updated } = await registry.get(existing);
  expect(updated.status).toBe('disabled');

  const { responseBody: guarded } = await registry.updateDevices(
    [{ deviceId: other, status: 'disabled', etag: 'AAAAAAAAAAk=' }],
    false,
  );
  expect(guarded).toMatchObject({ isSuccessful: false, errors: [{ errorCode: 'PreconditionFailed' }] });
});

test('devices are listed and counted', async () => {
  const ids = await fleet('list', 3);
  const { responseBody } = await registry.list();
  expect(responseBody.map((device) => device.deviceId)).toEqual(ids);
  const statistics = await registry.getRegistryStatistics();
  expect(statistics.responseBody).toMatchObject({ totalDeviceCount: 3, disabledDeviceCount: 0 });
});

test('a twin takes tags and desired properties, guarded by its etag', async () => {
  const [deviceId = ''] = await fleet('twin', 1);
  const { responseBody: before } = await registry.getTwin(deviceId);
  const patch = { tags: { site: 'north' }, properties: { desired: { firmware: { fwSize: 7 } } } };
  const { responseBody: after } = await registry.updateTwin(deviceId, patch, before.etag);
  expect(after).toMatchObject({
    tags: { site: 'north' },
    properties: { desired: { firmware: { fwSize: 7 }, $version: 2 } },
  });
  await expect(registry.updateTwin(deviceId, patch, before.etag)).rejects.toMatchObject({
    name: 'InvalidEtagError',
  });
  const { responseBody: forced } = await registry.updateTwin(deviceId, { tags: { site: null } }, '*');
  expect(forced.tags).toEqual({});
});

test('a patch over a documented limit is refused and names the path', async () => {
  const [deviceId = ''] = await fleet('limit', 1);
  const patch = { properties: { desired: { 'a.b': 1 } } };
  await expect(registry.updateTwin(deviceId, patch, '*')).rejects.toMatchObject({
    name: 'ArgumentError',
    message: expect.stringContaining('desired.a.b'),
  });
});

test('a query comes in pages, and the last page says so', async () => {
  const ids = await fleet('page', 5);
  const query = registry.createQuery('SELECT * FROM devices', 2);
  const pages: string[][] = [];
  while (query.hasMoreResults) {
    const { result } = await query.nextAsTwin();
    pages.push(result.map((twin) => twin.deviceId));
  }
  expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
});

test('a device that goes or comes between two pages neither hides nor repeats another', async () => {
  const ids = await fleet('churn', 4);
  const query = registry.createQuery('SELECT deviceId FROM devices', 2);
  const first = await query.next();
  await registry.delete(ids[0] ?? '');
  const second = await query.next(query.continuationToken);
  const seen = [...first.result, ...second.result].map((row: { deviceId: string }) => row.deviceId);
  expect(seen).toEqual(ids);
});

test('a text that is no query is an ArgumentError with the position', async () => {
  await expect(registry.createQuery('SELECT * FROM devices WHERE').next()).rejects.toMatchObject({
    name: 'ArgumentError',
    message: expect.stringContaining('at character 27'),
  });
});

test('a configuration reaches its devices, is counted, changed and removed', async () => {
  const [first = '', second = ''] = await fleet('config', 2);
  await registry.updateTwin(first, { tags: { ring: 1 } }, '*');
  const created = await addConfiguration({
    id: 'fw-1-0-1',
    targetCondition: 'tags.ring = 1',
    labels: { version: '1.0.1' },
    metrics: { queries: { All: 'SELECT deviceId FROM devices' } },
  });
  expect(created).toMatchObject({
    priority: 10,
    systemMetrics: { results: { targetedCount: 0, appliedCount: 0 } },
  });
  atHand.evaluate();

  const { responseBody: counted } = await registry.getConfiguration('fw-1-0-1');
  expect(counted).toMatchObject({
    labels: { version: '1.0.1' },
    systemMetrics: { results: { targetedCount: 1, appliedCount: 1 } },
    metrics: { results: { All: 2 } },
  });
  const { responseBody: twin } = await registry.getTwin(first);
  expect(twin.properties.desired).toMatchObject({ firmware: { fwVersion: '1.0.1' } });

  const applied = registry.createQuery(
    "SELECT deviceId FROM devices WHERE configurations.[[fw-1-0-1]].status = 'Applied'",
  );
  expect((await applied.next()).result).toEqual([{ deviceId: first }]);

  await registry.updateConfiguration({ ...counted, targetCondition: '*' });
  await expect(registry.updateConfiguration(counted)).rejects.toMatchObject({ name: 'InvalidEtagError' });
  atHand.evaluate();
  const { responseBody: widened } = await registry.getTwin(second);
  expect(widened.properties.desired).toMatchObject({ firmware: { fwVersion: '1.0.1' } });

  await registry.removeConfiguration('fw-1-0-1');
  atHand.evaluate();
  const { responseBody: cleared } = await registry.getTwin(first);
  expect(cleared.properties.desired).not.toHaveProperty('firmware');
});

test('the content of a configuration cannot change', async () => {
  const created = await addConfiguration({ id: 'immutable' });
  const content = { deviceContent: { 'properties.desired.firmware': { fwVersion: '1.0.2' } } };
  await expect(registry.updateConfiguration({ ...created, content }, true)).rejects.toMatchObject({
    name: 'ArgumentError',
    responseBody: expect.stringContaining('ErrorCode:CannotModifyImmutableConfigurationContent;'),
  });
});

test('configurations that exist, are missing or are too many answer as the real hub does', async () => {
  await addConfiguration({ id: 'one' });
  await addConfiguration({ id: 'two' });
  await addConfiguration({ id: 'three' });
  await expect(addConfiguration({ id: 'one' })).rejects.toMatchObject({ name: 'DeviceAlreadyExistsError' });
  await expect(registry.getConfiguration('none')).rejects.toMatchObject({ message: 'Not found' });
  await expect(registry.removeConfiguration('none')).rejects.toMatchObject({ message: 'Not found' });
  await expect(addConfiguration({ id: 'four' })).rejects.toMatchObject({
    message: 'Number of deployments exceed the maximum quota 3',
    responseBody: expect.stringContaining('ErrorCode:ConfigurationCountLimitExceeded;'),
    response: { statusCode: 413 },
  });
});
