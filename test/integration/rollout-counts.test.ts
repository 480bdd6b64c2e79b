import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepCounts } from '../../src/shared/rollout/count-keeping.ts';
import { CountSeriesStore } from '../../src/shared/rollout/count-series-store.ts';
import type { Observed } from '../../src/shared/rollout/judge.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

const ID = 'fw-iotdevkit-1-0-1';
const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 2, 2, 12, minute, second));

let hand: ApiAtHand;
let table: TableClient;

beforeAll(async () => {
  hand = await ApiAtHand.start();
  table = TableClient.fromConnectionString(hand.azurite.connectionString, 'rollouts', {
    allowInsecureConnection: true,
  });
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
  await hand.release('1.0.2', '2026-03-01T00:00:00.000Z');
});
afterAll(() => hand.close());

/** As another instance of the app has it: it knows nothing yet. */
const newStore = () => new CountSeriesStore(async () => table);

async function observed(id: string, isOpen = true): Promise<Observed> {
  const rollout = await hand.rollouts.get(id);
  if (!rollout) throw new Error(`There is no rollout ${id}`);
  return { rollout, isOpen, counts: await hand.counts(rollout), stuck: 1 };
}

async function served(id: string) {
  const answer = await hand.api.ask(`/api/rollouts/${id}/counts`);
  expect(answer.status).toBe(200);
  return answer.json() as { at: string[] } & Record<string, number[]>;
}

test('a rollout that nobody has judged yet has no points, and one that does not exist is a problem', async () => {
  expect((await served(ID)).at).toEqual([]);
  expect((await hand.api.ask('/api/rollouts/none/counts')).status).toBe(404);
});

test('each run of the judge adds the counts that it has read', async () => {
  const store = newStore();
  await hand.record([twinChange('devkit-0001', { version: 2, status: 'Downloading' })]);
  expect(await keepCounts(store, [await observed(ID)], at(0))).toEqual([]);
  await hand.record([twinChange('devkit-0001', { version: 3, status: 'Current', current: '1.0.1' })]);
  expect(await keepCounts(store, [await observed(ID)], at(1))).toEqual([]);
  expect(await served(ID)).toEqual({
    at: [at(0).toISOString(), at(1).toISOString()],
    Downloading: [1, 0],
    Verifying: [0, 0],
    Applying: [0, 0],
    Succeeded: [0, 1],
    AlreadyCurrent: [0, 0],
    Failed: [0, 0],
    Reverted: [0, 0],
    pending: [299, 299],
    stuck: [1, 1],
  });
});

test('several judges at once, on what each of them remembers, add one point a minute and lose none', async () => {
  const stores = [newStore(), newStore(), newStore()];
  const seen = await observed('fw-iotdevkit-1-0-2');
  for (let minute = 0; minute < 8; minute++) {
    const runs = stores.map(async (store, i) => keepCounts(store, [seen], at(minute, i)));
    expect((await Promise.all(runs)).flat()).toEqual([]);
  }
  const minutes = (await served('fw-iotdevkit-1-0-2')).at.map((time) => new Date(time).getUTCMinutes());
  expect(minutes).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('of a rollout that is over only changes are kept', async () => {
  const store = newStore();
  const before = (await served(ID)).at.length;
  await keepCounts(store, [await observed(ID, false)], at(20));
  expect((await served(ID)).at).toHaveLength(before);
  await hand.record([twinChange('devkit-0002', { version: 2, status: 'Downloading' })]);
  await keepCounts(store, [await observed(ID, false)], at(21));
  const { at: times, Downloading = [] } = await served(ID);
  expect([times.at(-1), Downloading.at(-1)]).toEqual([at(21).toISOString(), 1]);
});

test('a point that cannot be written is told of, the others are kept, and the next run carries on', async () => {
  const store = newStore();
  const broken = new CountSeriesStore(async () => {
    throw new Error('no table');
  });
  const [first, second] = [await observed(ID), await observed('fw-iotdevkit-1-0-2')];
  const failing = {
    add: async (...[id, ...rest]: Parameters<CountSeriesStore['add']>) =>
      (id === ID ? broken : store).add(id, ...rest),
  };
  const failures = await keepCounts(failing, [first, second], at(30));
  expect(failures).toEqual([{ rollout: ID, error: new Error('no table') }]);
  expect((await served('fw-iotdevkit-1-0-2')).at.at(-1)).toBe(at(30).toISOString());
  expect(await keepCounts(store, [first], at(31))).toEqual([]);
  expect((await served(ID)).at.at(-1)).toBe(at(31).toISOString());
});
