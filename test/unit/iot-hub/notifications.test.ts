import { expect, test } from 'vitest';

import { addDevices, bodyOf, hubAtHand, START } from './hub-at-hand.ts';

const NOW = '2020-10-21T14:10:42.4170000Z';

test('a reported change is told as the captured notification of a real hub', () => {
  const { hub, events } = hubAtHand();
  addDevices(hub, { thermostat: {} });
  events.length = 0;
  hub.twins.report('thermostat', { maxTempSinceLastReboot: 10.96 });

  expect(events).toHaveLength(1);
  expect(events[0]?.body.toString()).toBe(
    '{"version":3,"properties":{"reported":{"maxTempSinceLastReboot":10.96,' +
      `"$metadata":{"$lastUpdated":"${NOW}","maxTempSinceLastReboot":{"$lastUpdated":"${NOW}"}},"$version":2}}}`,
  );
  expect(events[0]).toMatchObject({
    partitionKey: 'thermostat',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    correlationId: expect.stringMatching(/^[0-9a-f]{32}$/),
    userId: 'myhub',
  });
  expect(events[0]?.applicationProperties).toEqual({
    hubName: 'myhub',
    deviceId: 'thermostat',
    operationTimestamp: NOW,
    'iothub-message-schema': 'twinChangeNotification',
    opType: 'updateTwin',
  });
  expect(events[0]?.annotations).toEqual({
    'iothub-connection-device-id': 'thermostat',
    'iothub-enqueuedtime': START,
    'iothub-message-source': 'twinChangeEvents',
  });
});

test('a desired change carries the version in its metadata, a tags change the tags alone', () => {
  const { hub, events } = hubAtHand();
  addDevices(hub, { a: {} });
  hub.twins.update('a', { properties: { desired: { x: 1, gone: null } } }, undefined);
  const stamp = { $lastUpdated: NOW, $lastUpdatedVersion: 2 };
  expect(bodyOf(events.at(-1))).toEqual({
    version: 3,
    properties: { desired: { x: 1, gone: null, $metadata: { ...stamp, x: stamp }, $version: 2 } },
  });
  hub.twins.update('a', { tags: { site: 'north' } }, undefined);
  expect(bodyOf(events.at(-1))).toEqual({ version: 4, tags: { site: 'north' } });
});

test('writing the same value again is a change', () => {
  const { hub, events } = hubAtHand();
  addDevices(hub, { a: {} });
  hub.twins.report('a', { x: 1 });
  hub.twins.report('a', { x: 1 });
  expect(events.map((event) => bodyOf(event)).slice(-2)).toMatchObject([
    { version: 3, properties: { reported: { x: 1, $version: 2 } } },
    { version: 4, properties: { reported: { x: 1, $version: 3 } } },
  ]);
});

test('a refused write tells nothing', () => {
  const { hub, events } = hubAtHand();
  addDevices(hub, { a: {} });
  events.length = 0;
  expect(() => hub.twins.report('a', { 'a.b': 1 })).toThrow('reported.a.b');
  expect(() => hub.twins.report('a', [])).toThrow('not a JSON object');
  expect(events).toEqual([]);
});

test('a device that is created and deleted tells of both, and its successor begins again', () => {
  const { hub, events } = hubAtHand();
  addDevices(hub, { a: {} });
  hub.twins.report('a', { x: 1 });
  const first = hub.devices.get('a')['generationId'];
  hub.devices.delete('a', undefined);
  addDevices(hub, { a: {} });
  const lifecycle = events.filter(
    ({ annotations }) => annotations['iothub-message-source'] === 'deviceLifecycleEvents',
  );
  expect(lifecycle.map(({ applicationProperties }) => applicationProperties)).toMatchObject([
    { opType: 'createDeviceIdentity', 'iothub-message-schema': 'deviceLifecycleNotification', deviceId: 'a' },
    { opType: 'deleteDeviceIdentity' },
    { opType: 'createDeviceIdentity' },
  ]);
  expect(lifecycle.map((event) => bodyOf(event))).toMatchObject([
    { deviceId: 'a', etag: 'AAAAAAAAAAE=', version: 2, properties: { reported: { $version: 1 } } },
    { version: 3, properties: { reported: { x: 1, $version: 2 } } },
    { version: 2, properties: { reported: { $version: 1 } } },
  ]);
  expect(hub.devices.get('a')['generationId']).not.toBe(first);
});

test('telemetry carries the device’s bytes, its properties and who it is', () => {
  const { hub, events } = hubAtHand();
  addDevices(hub, { a: {} });
  const session = hub.connect('a', { desired: () => undefined, drop: () => undefined });
  session.telemetry(Buffer.from([0, 255]), { '$.ct': 'text/plain', '$.mid': 'm1' }, { alert: 'yes' });
  expect(events.at(-1)).toEqual({
    partitionKey: 'a',
    body: Buffer.from([0, 255]),
    contentType: 'text/plain',
    messageId: 'm1',
    applicationProperties: { alert: 'yes' },
    annotations: {
      'iothub-connection-device-id': 'a',
      'iothub-connection-auth-method': '{"scope":"device","type":"sas","issuer":"iothub"}',
      'iothub-connection-auth-generation-id': hub.devices.get('a')['generationId'],
      'iothub-enqueuedtime': START,
      'iothub-message-source': 'Telemetry',
    },
  });
});
