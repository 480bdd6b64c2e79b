import { SharedAccessSignature } from 'azure-iothub/dist/common-core/shared_access_signature.js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import type { HubRestAtHand } from './hub-rest-at-hand.ts';
import { HOST, hubRestAtHand } from './hub-rest-at-hand.ts';

let atHand: HubRestAtHand;

beforeAll(async () => {
  atHand = await hubRestAtHand();
});

afterEach(() => atHand.rest.outage(undefined));

afterAll(() => atHand.close());

test('testQueries says what is wrong and changes nothing', async () => {
  const good = JSON.stringify({ targetCondition: "tags.a = 'b'", customMetricQueries: {} });
  const bad = JSON.stringify({ targetCondition: 'tags.a =', customMetricQueries: { m: 'SELECT' } });
  const path = '/configurations/testQueries?api-version=2019-10-01';
  expect(JSON.parse((await atHand.raw('POST', path, { body: good })).body)).toEqual({
    targetConditionError: null,
    customMetricQueryErrors: {},
  });
  expect(JSON.parse((await atHand.raw('POST', path, { body: bad })).body)).toEqual({
    targetConditionError: expect.stringContaining('at character 8'),
    customMetricQueryErrors: { m: expect.stringContaining('at character 6') },
  });
  expect((await atHand.registry.getConfigurations()).responseBody).toEqual([]);
});

test('the token that the SDK makes of a connection string is accepted', async () => {
  const key = atHand.hub.policyKey('service') ?? '';
  const expiry = Math.floor(Date.now() / 1000) + 60;
  const withSdkToken = atHand.registryWith(SharedAccessSignature.create(HOST, 'service', key, expiry));
  await expect(withSdkToken.list()).resolves.toMatchObject({ responseBody: [] });
});

test.each([
  ['a wrong key', () => atHand.token({ key: Buffer.from('wrong').toString('base64') })],
  ['an expired token', () => atHand.token({ expiresAt: new Date(Date.now() - 1000) })],
  ['a bearer token', () => 'Bearer abc'],
  ['no token', () => ''],
])('%s is unauthorized', async (_what, token) => {
  const answer = await atHand.raw('GET', '/devices?api-version=2021-04-12', { authorization: token() });
  expect(answer).toMatchObject({
    status: 401,
    body: expect.stringContaining('ErrorCode:IotHubUnauthorized;'),
  });
});

test('a body that is no JSON, too large, or of an unknown operation is refused', async () => {
  expect(await atHand.raw('PUT', '/devices/a', { body: '{' })).toMatchObject({ status: 400 });
  expect(await atHand.raw('PUT', '/devices/a', { body: 'x'.repeat(5_000_000) })).toMatchObject({
    status: 413,
  });
  expect(await atHand.raw('GET', '/jobs/v2')).toMatchObject({ status: 404 });
  expect(await atHand.raw('GET', '/devices/%zz')).toMatchObject({ status: 400 });
});

test('during an outage every call fails, afterwards none', async () => {
  atHand.rest.outage(503);
  await expect(atHand.registry.list()).rejects.toMatchObject({ name: 'ServiceUnavailableError' });
  atHand.rest.outage(429);
  await expect(atHand.registry.list()).rejects.toMatchObject({ name: 'ThrottlingError' });
  atHand.rest.outage(500);
  await expect(atHand.registry.list()).rejects.toMatchObject({ name: 'InternalServerError' });
  atHand.rest.outage('refuse');
  await expect(atHand.registry.list()).rejects.toMatchObject({ code: 'ECONNRESET' });
  atHand.rest.outage(undefined);
  await expect(atHand.registry.list()).resolves.toBeDefined();
});
