import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeviceConnections } from '../../src/shared/rollout/device-connections.ts';
import { HubQueryBudget, QUERIES_A_MINUTE } from '../../src/shared/rollout/hub-query-budget.ts';
import { askAboutStuck } from '../../src/shared/rollout/stuck-questions.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';
import { type AskedHub, startAskedHub } from './asked-hub.ts';
import { hubRegistry } from './hub-registry.ts';

const ID = 'fw-iotdevkit-1-0-1';
const ROLLOUT = `/api/rollouts/${ID}`;
const ODD_ID = "it's,#17?";
const MINUTE = 60_000;

let hand: ApiAtHand;
let hub: AskedHub;

beforeAll(async () => {
  [hand, hub] = await Promise.all([ApiAtHand.start(), startAskedHub()]);
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
});
afterAll(async () => {
  await hub.close();
  await hand.close();
});

/** One run of the timer at the time that the API goes by. */
async function run() {
  const rollout = await hand.rollouts.get(ID);
  if (rollout === undefined) throw new Error('the rollout is gone');
  const reads = hand.ledgerReads;
  const [counts, stuck] = await Promise.all([
    reads.countsOf(rollout),
    reads.countStuck(rollout, rollout.plan.limits, hand.now),
  ]);
  const parts = {
    ledger: async () => reads,
    connections: hub.connections,
    known: hand.connections,
    budget: new HubQueryBudget(hand.table('rollouts'), () => hand.now),
  };
  return askAboutStuck(parts, [{ rollout, isOpen: true, counts, stuck }], hand.now);
}

interface Listed {
  readonly deviceId: string;
  readonly stuck?: { readonly diagnosis: string; readonly offlineSince?: string; readonly text: string };
}
const stuckDevices = async () =>
  (await hand.api.ask(`${ROLLOUT}/devices?stuck=true&limit=200`)).json()['value'] as Listed[];
const diagnoses = async () =>
  Object.fromEntries((await stuckDevices()).map(({ deviceId, stuck }) => [deviceId, stuck?.diagnosis]));

test('stuck devices say why, from what the hub said, until they go on', async () => {
  for (const id of ['here', 'away', ODD_ID]) hub.iotHub.devices.create(id, { deviceId: id });
  hub.iotHub.connect('here', { desired: () => undefined, drop: () => undefined });
  await hand.record([
    twinChange('here', { version: 2, status: 'Downloading' }),
    twinChange('away', { version: 2, status: 'Applying' }),
    twinChange(ODD_ID, { version: 2, status: 'Downloading' }),
    twinChange('deleted', { version: 2, status: 'Verifying' }),
  ]);
  hand.now = new Date('2026-03-01T10:20:00Z');
  expect(await diagnoses()).toEqual({
    here: 'downloading',
    away: 'applied-not-back',
    [ODD_ID]: 'downloading',
    deleted: 'verifying',
  });
  const before = hub.asked.length;
  expect(await run()).toEqual([]);
  expect(hub.asked.length - before).toBe(1);
  expect(await diagnoses()).toEqual({
    here: 'downloading',
    away: 'applied-not-back',
    [ODD_ID]: 'offline',
    deleted: 'deleted',
  });
  const one = (await hand.api.ask('/api/devices/away')).json() as { updates: Listed[] };
  expect(one.updates[0]?.stuck).toMatchObject({ askedAt: '2026-03-01T10:20:00.000Z' });
  expect(one.updates[0]?.stuck?.text).toContain('offline since 2026-03-01T10:00:02Z');
  const csv = (await hand.api.ask(`${ROLLOUT}/devices.csv?stuck=true`)).text;
  expect(csv).toContain('2026-03-01T10:15:02.000Z,offline,2026-03-01T10:00:02.000Z');

  // It has an end: nothing of it is served any more, and the next run forgets what it knew.
  await hand.record([twinChange('away', { version: 3, status: 'Current', current: '1.0.1' })]);
  expect(await diagnoses()).not.toHaveProperty('away');
  const after = (await hand.api.ask('/api/devices/away')).json() as { updates: Listed[] };
  expect(after.updates[0]).not.toHaveProperty('stuck');
  await run();
  expect([...(await hand.connections.all(ID)).keys()].toSorted()).toEqual(
    ['deleted', 'here', ODD_ID].toSorted(),
  );
});

test('no device is asked about again within ten minutes, and reads ask nobody', async () => {
  hand.now = new Date('2026-03-01T11:00:00Z');
  await run();
  const before = hub.asked.length;
  for (let minute = 1; minute <= 9; minute++) {
    hand.now = new Date(hand.now.getTime() + MINUTE);
    await run();
    await stuckDevices();
  }
  expect(hub.asked.length).toBe(before);
  hand.now = new Date(hand.now.getTime() + MINUTE);
  await run();
  expect(hub.asked.length).toBe(before + 1);
});

test('many stuck devices are asked about within the budget of each minute, and all in the end', async () => {
  const many = Array.from({ length: 300 }, (_, i) => `${'a-device-with-a-long-name-'.repeat(4)}${i}`);
  await hand.record(many.map((id) => twinChange(id, { version: 2, status: 'Downloading' })));
  hand.now = new Date('2026-03-01T12:00:00Z');
  const start = hub.asked.length;
  const perMinute: number[] = [];
  for (let minute = 0; minute < 6; minute++) {
    const before = hub.asked.length;
    // The schedule may be denser than a minute, and a second host may run as well.
    for (let i = 0; i < 2; i++) await Promise.all([run(), run()]);
    perMinute.push(hub.asked.length - before);
    hand.now = new Date(hand.now.getTime() + MINUTE);
  }
  expect(Math.max(...perMinute)).toBeLessThanOrEqual(QUERIES_A_MINUTE);
  expect((await hand.connections.all(ID)).size).toBe(many.length + 3);
  for (const text of hub.asked.slice(start)) expect(text.length).toBeLessThanOrEqual(8192);
});

test('a hub that does not answer is told of, and what was known stays', async () => {
  const before = (await hand.connections.all(ID)).size;
  const { registry, close } = hubRegistry({ port: 1, ca: '', key: 'a2V5' });
  const { connections } = hub;
  hub.connections = new DeviceConnections(async () => registry);
  hand.now = new Date('2026-03-01T14:00:00Z');
  try {
    expect(await run()).toMatchObject([{ rollout: ID, error: { code: 'hub-unavailable' } }]);
  } finally {
    hub.connections = connections;
    close();
  }
  expect((await hand.connections.all(ID)).size).toBe(before);
});
