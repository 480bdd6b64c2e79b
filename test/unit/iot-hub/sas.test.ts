import { createHmac } from 'node:crypto';

import { SharedAccessSignature } from 'azure-iothub/dist/common-core/shared_access_signature.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createSas, parseSas, verifySas } from '../../../local/iot-hub/sas.ts';

const NOW = new Date('2024-01-01T00:00:00Z');
const SOON = new Date('2024-01-01T00:01:00Z');
const KEY = Buffer.from('a key of the hub').toString('base64');
const OTHER = Buffer.from('another key').toString('base64');
const DEVICE = 'myhub.azure-devices.net/devices/dev#1';

test('a token is good for its resource, with either key, until it expires', () => {
  const token = createSas(DEVICE, KEY, SOON);
  expect(verifySas(token, { keys: [OTHER, KEY], audience: DEVICE }, NOW)).toEqual({
    ok: true,
    expiresAt: SOON,
  });
  expect(verifySas(token, { keys: [KEY], audience: DEVICE }, SOON)).toEqual({ ok: false, reason: 'expired' });
  expect(verifySas(token, { keys: [OTHER], audience: DEVICE }, NOW)).toEqual({
    ok: false,
    reason: 'wrong signature',
  });
  expect(verifySas(token, { keys: [], audience: DEVICE }, NOW)).toMatchObject({ ok: false });
});

test('a token of one device is not good for another, nor for the hub', () => {
  const token = createSas(DEVICE, KEY, SOON);
  for (const audience of [`${DEVICE}0`, DEVICE.toUpperCase(), 'myhub.azure-devices.net']) {
    expect(verifySas(token, { keys: [KEY], audience }, NOW)).toEqual({ ok: false, reason: 'wrong audience' });
  }
  expect(verifySas(token, { keys: [KEY], audience: DEVICE.replace('myhub', 'MyHub') }, NOW).ok).toBe(true);
});

test('the resource is signed as it stands: the service SDK does not encode it', () => {
  const resource = 'myhub.azure-devices.net';
  const expiry = SOON.getTime() / 1000;
  const token = SharedAccessSignature.create(resource, 'iothubowner', KEY, expiry).toString();
  expect(parseSas(token)).toMatchObject({ resource, policy: 'iothubowner' });
  expect(verifySas(token, { keys: [KEY], audience: resource }, NOW).ok).toBe(true);

  const raw = 'h/devices/a b';
  const sig = createHmac('sha256', Buffer.from(KEY, 'base64')).update(`${raw}\n${expiry}`).digest('base64');
  const spaced = `SharedAccessSignature sr=h/devices/a%20b&sig=${encodeURIComponent(sig)}&se=${expiry}`;
  expect(verifySas(spaced, { keys: [KEY], audience: raw }, NOW)).toMatchObject({ reason: 'wrong signature' });
});

test('any change to a token spoils it', () => {
  const token = createSas(DEVICE, KEY, SOON, 'device');
  const end = token.indexOf('&skn=');
  fc.assert(
    fc.property(fc.nat({ max: end - 1 }), fc.constantFrom('0', 'A', '&', '%', '='), (at, character) => {
      fc.pre(token[at] !== character);
      const spoiled = token.slice(0, at) + character + token.slice(at + 1);
      expect(verifySas(spoiled, { keys: [KEY], audience: DEVICE }, NOW).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test.each([
  [''],
  ['Bearer x'],
  ['SharedAccessSignature'],
  ['SharedAccessSignature sr=a&sig=b'],
  ['SharedAccessSignature sr=a&sig=b&se=soon'],
  ['SharedAccessSignature sr=%zz&sig=b&se=1'],
])('%s is no token', (token) => {
  expect(verifySas(token, { keys: [KEY], audience: 'a' }, NOW)).toEqual({ ok: false, reason: 'malformed' });
});
