import { expect, test } from 'vitest';

import type { DeviceSession } from '../../../local/iot-hub/device-sessions.ts';
import type { IotHub } from '../../../local/iot-hub/hub.ts';
import { addDevices, hubAtHand } from './hub-at-hand.ts';

function connect(
  hub: IotHub,
  deviceId: string,
): { session: DeviceSession; patches: unknown[]; drops: string[] } {
  const patches: unknown[] = [];
  const drops: string[] = [];
  const session = hub.connect(deviceId, {
    desired: (patch) => patches.push(patch),
    drop: (reason) => drops.push(reason),
  });
  return { session, patches, drops };
}

function setDesired(hub: IotHub, deviceId: string, x: number): void {
  hub.twins.update(deviceId, { properties: { desired: { x } } }, undefined);
}

test('a device sees its twin with versions and without metadata', () => {
  const { hub } = hubAtHand();
  addDevices(hub, { a: { hidden: true } });
  setDesired(hub, 'a', 1);
  const { session } = connect(hub, 'a');
  expect(session.patchReported({ y: 2 })).toEqual({ ok: true, version: 2 });
  expect(session.twin()).toEqual({ desired: { x: 1, $version: 2 }, reported: { y: 2, $version: 2 } });
});

test.each([[{ 'a.b': 1 }], [[1]], ['text'], [null]])(
  'a patch %j is refused with the number of the error',
  (patch) => {
    const { hub } = hubAtHand();
    addDevices(hub, { a: {} });
    const outcome = connect(hub, 'a').session.patchReported(patch);
    expect(outcome).toMatchObject({ ok: false, status: 400, errorCode: 400_004 });
    expect(hub.twins.get('a')).toMatchObject({ version: 2 });
  },
);

test('desired patches reach a device that is connected and has asked for them', () => {
  const { hub } = hubAtHand();
  addDevices(hub, { a: {}, b: {} });
  const { session, patches } = connect(hub, 'a');
  setDesired(hub, 'a', 1);
  session.subscribeDesired();
  setDesired(hub, 'a', 2);
  setDesired(hub, 'b', 9);
  session.unsubscribeDesired();
  setDesired(hub, 'a', 3);
  expect(patches).toEqual([{ x: 2, $version: 3 }]);
});

test('a subscription survives a reconnect; what was set meanwhile is in the twin only', () => {
  const { hub } = hubAtHand();
  addDevices(hub, { a: {} });
  const before = connect(hub, 'a');
  before.session.subscribeDesired();
  before.session.close();
  setDesired(hub, 'a', 1);
  const after = connect(hub, 'a');
  setDesired(hub, 'a', 2);
  expect(before.patches).toEqual([]);
  expect(after.patches).toEqual([{ x: 2, $version: 3 }]);
});

test('a second connection drops the first, whose late close changes nothing', () => {
  const { hub } = hubAtHand();
  addDevices(hub, { a: {} });
  const first = connect(hub, 'a');
  const second = connect(hub, 'a');
  expect(first.drops).toEqual(['the device has connected again']);
  first.session.close();
  expect(hub.devices.get('a')).toMatchObject({ connectionState: 'Connected' });
  second.session.close();
  expect(hub.devices.get('a')).toMatchObject({ connectionState: 'Disconnected' });
  expect(second.drops).toEqual([]);
});

test('a device that is disabled or deleted loses its link and cannot come back', () => {
  const { hub } = hubAtHand();
  addDevices(hub, { a: {}, b: {} });
  const a = connect(hub, 'a');
  const b = connect(hub, 'b');
  hub.devices.update('a', { deviceId: 'a', status: 'disabled' }, '*');
  hub.devices.delete('b', undefined);
  expect(a.drops).toEqual(['the device is disabled']);
  expect(b.drops).toEqual(['the device is deleted']);
  expect(() => connect(hub, 'a')).toThrow(expect.objectContaining({ code: 'DeviceDisabled' }));
  expect(() => connect(hub, 'b')).toThrow(expect.objectContaining({ code: 'DeviceNotFound' }));
  expect(b.session.patchReported({ x: 1 })).toMatchObject({ ok: false, status: 404, errorCode: 404_001 });
});

test('keys are given for enabled devices only', () => {
  const { hub } = hubAtHand();
  const keys = { primaryKey: Buffer.from('one').toString('base64'), secondaryKey: '' };
  hub.devices.create('a', { deviceId: 'a', authentication: { symmetricKey: keys } });
  expect(hub.deviceKeys('a')).toEqual({ primary: 'b25l', secondary: expect.stringMatching(/^.{44}$/) });
  hub.devices.update('a', { deviceId: 'a', status: 'disabled' }, '*');
  expect(hub.deviceKeys('a')).toBeUndefined();
  expect(hub.deviceKeys('nobody')).toBeUndefined();
  expect(hub.policyKey('toString')).toBeUndefined();
});

test('a query tells who is connected', () => {
  const { hub } = hubAtHand();
  addDevices(hub, { a: {}, b: {} });
  connect(hub, 'b');
  const query = "SELECT deviceId FROM devices WHERE connectionState = 'Connected'";
  expect(hub.query({ query }).items).toEqual([{ deviceId: 'b' }]);
});
