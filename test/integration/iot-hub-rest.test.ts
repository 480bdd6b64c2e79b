import { Agent, request } from 'node:https';

import { Registry } from 'azure-iothub';
import type { Configuration } from 'azure-iothub/dist/configuration.js';
import { SharedAccessSignature } from 'azure-iothub/dist/common-core/shared_access_signature.js';
import { RestApiClient } from 'azure-iothub/dist/common-http/rest_api_client.js';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';

import { createCertificates } from '../../local/certificates.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import type { HubRest } from '../../local/iot-hub/rest-server.ts';
import { startHubRest } from '../../local/iot-hub/rest-server.ts';
import { createSas } from '../../local/iot-hub/sas.ts';

const HOST = 'myhub.azure-devices.net';
const MINUTE = 60_000;

let ca: string;
let rest: HubRest;
let hub: IotHub;
let agent: Agent;
let registry: Registry;
let tasks: (() => void)[];

beforeAll(async () => {
  const certificates = await createCertificates();
  ({ ca } = certificates);
  tasks = [];
  hub = new IotHub({
    hostName: HOST,
    now: () => new Date(),
    // Evaluation runs when a test says so.
    schedule: (_delay, task) => {
      tasks.push(task);
      return { cancel: () => undefined };
    },
    emit: () => undefined,
    limits: { ...standardLimits, configurations: 3, requestBytes: 4096 },
    evaluation: { afterChangeMs: 1, intervalMs: MINUTE },
  });
  rest = await startHubRest({ hub, host: '127.0.0.1', port: 0, tls: certificates, now: () => new Date() });
  agent = new Agent({ keepAlive: true, ca, host: '127.0.0.1', port: rest.port, servername: HOST });
  registry = createRegistry(policyToken());
});

afterEach(() => rest.outage(undefined));

afterAll(async () => {
  agent.destroy();
  await rest.close();
});

function policyToken(options: { key?: string; expiresAt?: Date } = {}): string {
  const expiresAt = options.expiresAt ?? new Date(Date.now() + MINUTE);
  return createSas(HOST, options.key ?? hub.policyKey('iothubowner') ?? '', expiresAt, 'iothubowner');
}

/** The unmodified SDK, led to the test's port by its agent. */
function createRegistry(sharedAccessSignature: string | SharedAccessSignature): Registry {
  const config = { host: HOST, sharedAccessSignature };
  const client = new RestApiClient(config, 'test');
  const created = new Registry(config, client);
  client.setOptions({ http: { agent } });
  return created;
}

function evaluate(): void {
  for (const task of tasks.splice(0)) task();
}

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
    evaluate();
  });
  return responseBody;
}

/** A request without the SDK, for what the SDK never sends. */
async function raw(
  method: string,
  path: string,
  options: { body?: string; authorization?: string } = {},
): Promise<{ status: number | undefined; body: string }> {
  const authorization = options.authorization ?? policyToken();
  return new Promise((resolve, reject) => {
    const sent = request({ agent, method, path, headers: { authorization } }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

test('a device is created with keys, read, disabled and deleted', async () => {
  const deviceId = "odd#$'d:(1)%";
  const { responseBody: created } = await registry.create({ deviceId });
  expect(created).toMatchObject({ deviceId, status: 'enabled', connectionState: 'Disconnected' });
  expect(Buffer.from(created.authentication?.symmetricKey?.primaryKey ?? '', 'base64')).toHaveLength(32);

  const { responseBody: read } = await registry.get(deviceId);
  expect(read.authentication).toEqual(created.authentication);

  await registry.update({ ...created, status: 'disabled' });
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
  evaluate();

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
  evaluate();
  const { responseBody: widened } = await registry.getTwin(second);
  expect(widened.properties.desired).toMatchObject({ firmware: { fwVersion: '1.0.1' } });

  await registry.removeConfiguration('fw-1-0-1');
  evaluate();
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

test('testQueries says what is wrong and changes nothing', async () => {
  const good = JSON.stringify({ targetCondition: "tags.a = 'b'", customMetricQueries: {} });
  const bad = JSON.stringify({ targetCondition: 'tags.a =', customMetricQueries: { m: 'SELECT' } });
  const path = '/configurations/testQueries?api-version=2019-10-01';
  expect(JSON.parse((await raw('POST', path, { body: good })).body)).toEqual({
    targetConditionError: null,
    customMetricQueryErrors: {},
  });
  expect(JSON.parse((await raw('POST', path, { body: bad })).body)).toEqual({
    targetConditionError: expect.stringContaining('at character 8'),
    customMetricQueryErrors: { m: expect.stringContaining('at character 6') },
  });
  expect((await registry.getConfigurations()).responseBody).toEqual([]);
});

test('the token that the SDK makes of a connection string is accepted', async () => {
  const key = hub.policyKey('service') ?? '';
  const expiry = Math.floor(Date.now() / 1000) + 60;
  const withSdkToken = createRegistry(SharedAccessSignature.create(HOST, 'service', key, expiry));
  await expect(withSdkToken.list()).resolves.toMatchObject({ responseBody: [] });
});

test.each([
  ['a wrong key', () => policyToken({ key: Buffer.from('wrong').toString('base64') })],
  ['an expired token', () => policyToken({ expiresAt: new Date(Date.now() - 1000) })],
  ['a bearer token', () => 'Bearer abc'],
  ['no token', () => ''],
])('%s is unauthorized', async (_what, token) => {
  const answer = await raw('GET', '/devices?api-version=2021-04-12', { authorization: token() });
  expect(answer).toMatchObject({
    status: 401,
    body: expect.stringContaining('ErrorCode:IotHubUnauthorized;'),
  });
});

test('a body that is no JSON, too large, or of an unknown operation is refused', async () => {
  expect(await raw('PUT', '/devices/a', { body: '{' })).toMatchObject({ status: 400 });
  expect(await raw('PUT', '/devices/a', { body: 'x'.repeat(5000) })).toMatchObject({ status: 413 });
  expect(await raw('GET', '/jobs/v2')).toMatchObject({ status: 404 });
  expect(await raw('GET', '/devices/%zz')).toMatchObject({ status: 400 });
});

test('during an outage every call fails, afterwards none', async () => {
  rest.outage(503);
  await expect(registry.list()).rejects.toMatchObject({ name: 'ServiceUnavailableError' });
  rest.outage(429);
  await expect(registry.list()).rejects.toMatchObject({ name: 'ThrottlingError' });
  rest.outage(500);
  await expect(registry.list()).rejects.toMatchObject({ name: 'InternalServerError' });
  rest.outage('refuse');
  await expect(registry.list()).rejects.toMatchObject({ code: 'ECONNRESET' });
  rest.outage(undefined);
  await expect(registry.list()).resolves.toBeDefined();
});
