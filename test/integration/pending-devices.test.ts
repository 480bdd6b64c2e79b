import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { HubQueryBudget, QUERIES_A_MINUTE } from '../../src/shared/rollout/hub-query-budget.ts';
import { listPending } from '../../src/shared/rollout/pending-listing.ts';
import { PendingStore } from '../../src/shared/rollout/pending-store.ts';
import { stepFrom } from '../../src/shared/rollout/rollout-steps.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';
import { type AskedHub, startAskedHub } from './asked-hub.ts';

const ID = 'fw-iotdevkit-1-0-1';
const ROLLOUT = `/api/rollouts/${ID}`;
const MINUTE = 60_000;
/** Three pages of the hub's query. */
const OFFLINE = 235;
const A_PAGE = 100;

let hand: ApiAtHand;
let hub: AskedHub;

beforeAll(async () => {
  hub = await startAskedHub(A_PAGE);
  const add = (id: string, currentFwVersion?: string) => {
    hub.iotHub.devices.create(id, { deviceId: id });
    if (currentFwVersion === undefined) return;
    const firmware = { type: 'IoTDevKit', currentFwVersion };
    hub.iotHub.twins.report(id, { firmware });
  };
  for (let i = 0; i < OFFLINE; i++) add(`offline-${String(i).padStart(3, '0')}`);
  for (const id of ['succeeded', 'had-it-already']) add(id, '1.0.1');
  for (const id of ['failed', 'silent', 'late']) add(id, '1.0.0');
  hub.iotHub.connect('silent', { desired: () => undefined, drop: () => undefined });
  hub.iotHub.devices.create('off', { deviceId: 'off', status: 'disabled' });
}, 60_000);
afterAll(() => hub.close());

beforeEach(async () => {
  hand = await ApiAtHand.start();
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
  await hand.observe(ID, OFFLINE + 6);
  await hand.record([
    twinChange('succeeded', { version: 2, status: 'Current', current: '1.0.1' }),
    twinChange('failed', { version: 2, status: 'Error', substatus: 'VerifyFailed' }),
  ]);
});
afterEach(() => hand.close());

async function complete() {
  const rollout = await recorded();
  const cause = { action: 'completed', actor: 'service', reason: 'the deadline was reached' } as const;
  const { position, entry } = stepFrom(rollout, { state: 'completed' }, cause, hand.now);
  await hand.rollouts.transition(rollout, position, entry);
}

async function recorded() {
  const rollout = await hand.rollouts.get(ID);
  if (rollout === undefined) throw new Error('the rollout is gone');
  return rollout;
}

/** One run of the timer, in a process of its own, at the time that the API goes by. */
async function run(connections: Pick<AskedHub['connections'], 'notRunning'> = hub.connections) {
  const parts = {
    ledger: async () => hand.ledgerReads,
    connections,
    pending: new PendingStore(hand.table('rollouts')),
    budget: new HubQueryBudget(hand.table('rollouts'), () => hand.now),
  };
  return listPending(parts, [{ rollout: await recorded() }], hand.now);
}

const leftOver = async () => (await hand.api.ask(ROLLOUT)).json()['leftOver'];

async function listed() {
  const devices: { deviceId: string; connection: string; text: string }[] = [];
  for (let next: string | undefined = `${ROLLOUT}/pending-devices?limit=60`; next !== undefined;) {
    const page = (await hand.api.ask(next)).json() as { value: typeof devices; nextLink?: string };
    devices.push(...page.value);
    next = page.nextLink;
  }
  return devices;
}

test('a rollout that goes on has nothing left over, and asks the hub nothing', async () => {
  const before = hub.asked.length;
  await run();
  expect(await leftOver()).toBeUndefined();
  expect(await listed()).toEqual([]);
  expect(hub.asked.length).toBe(before);
});

test('the devices that a completed rollout has not reached are listed once, over several runs', async () => {
  await complete();
  expect(await leftOver()).toEqual({ pending: OFFLINE + 4, working: 0, stuck: 0, failed: 1, reverted: 0 });
  const before = hub.asked.length;
  await run();
  expect(hub.asked.length - before).toBe(2);
  // Two pages of three: nothing is shown before the list is whole.
  expect(await listed()).toEqual([]);
  await run();
  await run();
  expect(hub.asked.length - before).toBe(3);
  expect(await leftOver()).toMatchObject({
    pendingDevices: { devices: OFFLINE + 3, truncated: false, determinedAt: hand.now.toISOString() },
  });
  const devices = await listed();
  expect(new Set(devices.map(({ deviceId }) => deviceId)).size).toBe(OFFLINE + 3);
  const known = new Map(devices.map((device) => [device.deviceId, device]));
  expect([known.has('succeeded'), known.has('had-it-already'), known.has('failed')]).toEqual([
    false,
    false,
    false,
  ]);
  expect(known.get('silent')).toMatchObject({ connection: 'connected', currentVersion: '1.0.0' });
  expect(known.get('off')).toMatchObject({ connection: 'disabled' });
  expect(known.get('offline-000')?.text).toBe('It has never connected.');
  expect(known.get('late')?.text).toBe('Offline since 2026-03-01T10:00:30Z.');

  // Who reports after all leaves the list.
  await hand.record([twinChange('late', { version: 2, status: 'Downloading' })]);
  expect((await listed()).some(({ deviceId }) => deviceId === 'late')).toBe(false);
});

test('a continuation that the hub has forgotten begins the list anew, and no device is on it twice', async () => {
  await complete();
  await run();
  const forgetful = {
    notRunning: async (condition: string, version: string, continuation: string) =>
      hub.connections.notRunning(condition, version, continuation === '' ? '' : 'forgotten'),
  };
  hand.now = new Date(hand.now.getTime() + MINUTE);
  await run(forgetful);
  hand.now = new Date(hand.now.getTime() + MINUTE);
  await run();
  await run();
  const devices = await listed();
  expect(devices).toHaveLength(OFFLINE + 3);
  expect(new Set(devices.map(({ deviceId }) => deviceId)).size).toBe(OFFLINE + 3);
});

test('two hosts at once list each device once, within the budget of the minute', async () => {
  await complete();
  const before = hub.asked.length;
  for (let i = 0; i < 3; i++) await Promise.all([run(), run()]);
  expect(hub.asked.length - before).toBeLessThanOrEqual(QUERIES_A_MINUTE);
  for (let minute = 0; minute < 3; minute++) {
    hand.now = new Date(hand.now.getTime() + MINUTE);
    await Promise.all([run(), run()]);
  }
  const devices = await listed();
  expect(devices).toHaveLength(OFFLINE + 3);
  expect(new Set(devices.map(({ deviceId }) => deviceId)).size).toBe(OFFLINE + 3);
});
