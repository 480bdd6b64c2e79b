import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

const ROLLOUT = '/api/rollouts/fw-iotdevkit-1-0-1';
let hand: ApiAtHand;

beforeAll(async () => {
  hand = await ApiAtHand.start();
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
  await hand.release('1.0.2', '2026-03-01T00:00:00.000Z');
});
afterAll(() => hand.close());

const fail = (id: string, version: number, substatus: string) =>
  twinChange(id, { version, status: 'Error', substatus });
const failures = async () => (await hand.api.ask(`${ROLLOUT}/failures`)).json();
const time = (version: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + version * 1000).toISOString();

test('a rollout without failures has no groups, and one that does not exist is a problem', async () => {
  expect(await failures()).toEqual({ value: [], others: 0, truncated: false });
  expect((await hand.api.ask('/api/rollouts/none/failures')).status).toBe(404);
});

test('failed and reverted devices are grouped by reason, and each group leads to its devices', async () => {
  await hand.record([
    fail('devkit-0001', 2, 'VerifyFailed'),
    fail('devkit-0002', 3, 'VerifyFailed'),
    fail('devkit-0003', 2, "it's full"),
    twinChange('devkit-0004', { version: 2, status: 'Applying' }),
    twinChange('devkit-0004', { version: 3, status: 'Current', current: '1.0.0' }),
    twinChange('devkit-0005', { version: 2, status: 'Downloading' }),
  ]);
  const one = { devices: 1, firstAt: time(2), lastAt: time(2) };
  expect(await failures()).toEqual({
    value: [
      {
        state: 'Failed',
        reason: 'VerifyFailed',
        devices: 2,
        firstAt: time(2),
        lastAt: time(3),
        examples: expect.toSatisfy((ids: string[]) => ids.toSorted().join() === 'devkit-0001,devkit-0002'),
      },
      { ...one, state: 'Failed', reason: "it's full", examples: ['devkit-0003'] },
      { ...one, state: 'Reverted', firstAt: time(3), lastAt: time(3), examples: ['devkit-0004'] },
    ],
    others: 0,
    truncated: false,
  });
  const query = new URLSearchParams({ state: 'Failed', reason: "it's full" });
  const listed = (await hand.api.ask(`${ROLLOUT}/devices?${query.toString()}`)).json();
  expect(listed).toMatchObject({ value: [{ deviceId: 'devkit-0003', reason: "it's full" }] });
});

test('a device that tries again leaves its group, and enters the one of its new end', async () => {
  await hand.record([twinChange('devkit-0001', { version: 3, status: 'Downloading' })]);
  expect(await failures()).toMatchObject({ value: [{ devices: 1 }, { devices: 1 }, { devices: 1 }] });
  await hand.record([fail('devkit-0001', 4, "it's full")]);
  expect(await failures()).toMatchObject({
    value: [
      { reason: "it's full", devices: 2 },
      { reason: 'VerifyFailed', devices: 1 },
      { state: 'Reverted' },
    ],
  });
});
