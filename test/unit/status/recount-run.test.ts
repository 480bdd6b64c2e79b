import { describe, expect, test } from 'vitest';
import { type RecountParts, recountInTurn, type ShardTurn } from '../../../src/shared/status/recount-run.ts';
import { RecountStore } from '../../../src/shared/status/recount-store.ts';
import { type ShardRecount, shardTurns, summarize } from '../../../src/shared/status/shard-recount.ts';
import { TableDouble } from '../../faults/table-double.ts';

const PLENTY = 1000;
const minute = (count: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + count * 60_000);

const kept = (change: Partial<ShardRecount>): ShardRecount => ({
  rolloutId: 'fw-a',
  shard: 0,
  triedAt: minute(0).toISOString(),
  countedAt: minute(0).toISOString(),
  drift: 0,
  healings: 0,
  ...change,
});

/** Rollouts over tables in memory; each shard of them that is named here has a counter that is wrong. */
async function world(
  rollouts: readonly { id: string; shards: number; state: 'running' | 'retired' }[],
  wrong: Readonly<Record<string, number>> = {},
) {
  const updates = new TableDouble();
  const own = new TableDouble();
  for (const [partitionKey, Failed] of Object.entries(wrong)) {
    const row = { partitionKey, rowKey: 'c|somebody|0', Failed };
    await updates.connect().submitTransaction([['create', row]]);
  }
  const parts = (table = updates.connect()): RecountParts => ({
    rollouts: { list: async () => rollouts },
    recounts: new RecountStore(async () => own.connect()),
    updates: async () => table,
  });
  return { parts, updates, summaryOf: new RecountStore(async () => own.connect()) };
}

async function run(parts: RecountParts, at: number, requests = PLENTY): Promise<ShardTurn[]> {
  const turns: ShardTurn[] = [];
  for await (const turn of recountInTurn(parts, minute(at), requests)) turns.push(turn);
  return turns;
}

const named = (turns: readonly ShardTurn[]) => turns.map(({ rollout, shard }) => `${rollout}|${shard}`);

describe('the turns of shards', () => {
  test('come first to those that never had one, then to those that had it longest ago', () => {
    const turns = shardTurns(
      [
        { id: 'fw-a', shards: 2 },
        { id: 'fw-b', shards: 2 },
      ],
      [
        kept({ shard: 0, triedAt: minute(9).toISOString() }),
        kept({ shard: 1, triedAt: minute(3).toISOString() }),
        kept({ rolloutId: 'fw-b', shard: 0, triedAt: minute(5).toISOString() }),
        kept({ rolloutId: 'fw-gone', shard: 0, triedAt: '' }),
      ],
    );
    expect(turns.map(({ rolloutId, shard }) => `${rolloutId}|${shard}`)).toEqual([
      'fw-b|1',
      'fw-a|1',
      'fw-b|0',
      'fw-a|0',
    ]);
  });
});

describe('the summary of a rollout', () => {
  test('is silent until every shard was counted', () => {
    expect(summarize({ shards: 2 }, [kept({})])).toBeUndefined();
    expect(summarize({ shards: 2 }, [kept({}), kept({ shard: 1, countedAt: '' })])).toBeUndefined();
  });

  test('adds up the shards, and is as old as the oldest of them', () => {
    const known = [
      kept({ shard: 0, drift: 2, healings: 3, countedAt: minute(8).toISOString() }),
      kept({ shard: 1, drift: 5, healings: 1, countedAt: minute(4).toISOString() }),
    ];
    expect(summarize({ shards: 2 }, known)).toEqual({
      drift: 7,
      healings: 4,
      recountedAt: minute(4).toISOString(),
    });
  });
});

describe('a recount in turn', () => {
  const two = [
    { id: 'fw-a', shards: 2, state: 'running' },
    { id: 'fw-b', shards: 2, state: 'running' },
  ] as const;

  test('leaves retired rollouts alone', async () => {
    const { parts } = await world([...two, { id: 'fw-old', shards: 1, state: 'retired' }]);
    expect(named(await run(parts(), 0))).toEqual(['fw-a|0', 'fw-a|1', 'fw-b|0', 'fw-b|1']);
  });

  test('begins no shard when its requests are spent, and goes on there the next time', async () => {
    const { parts } = await world(two);
    const first = await run(parts(), 0, 1);
    expect(named(first)).toEqual(['fw-a|0']);
    expect(named(await run(parts(), 5, 1))).toEqual(['fw-a|1']);
    expect(named(await run(parts(), 10, 1))).toEqual(['fw-b|0']);
    expect(named(await run(parts(), 15))).toEqual(['fw-b|1', 'fw-a|0', 'fw-a|1', 'fw-b|0']);
  });

  test('tells what was wrong, heals it, and has forgotten it after the next pass, but not that it healed', async () => {
    const { parts, summaryOf } = await world(two, { 'fw-a|001': 3 });
    const turns = await run(parts(), 0);
    expect(turns.find(({ kind }) => kind === 'drifted')).toMatchObject({
      rollout: 'fw-a',
      shard: 1,
      drift: { Failed: 3 },
      healed: true,
    });
    const at = minute(0).toISOString();
    expect(await summaryOf.summaryOf(two[0])).toEqual({ drift: 3, healings: 1, recountedAt: at });
    expect(await summaryOf.summaryOf(two[1])).toEqual({ drift: 0, healings: 0, recountedAt: at });

    expect((await run(parts(), 5)).every(({ kind }) => kind === 'exact')).toBe(true);
    expect(await summaryOf.summaryOf(two[0])).toEqual({
      drift: 0,
      healings: 1,
      recountedAt: minute(5).toISOString(),
    });
  });

  test('counts a healing whose process died before it could say so', async () => {
    const { parts, updates, summaryOf } = await world([two[0]], { 'fw-a|000': 3 });
    const dying = { isDead: false };
    let calls = 0;
    const table = updates.connect({
      process: dying,
      // Of the first shard: counters, rows, two indexes, counters, correction.
      fate: () => ((calls += 1) === 6 ? 'crash-after' : 'ok'),
    });
    const turns = await run(parts(table), 0);
    expect(turns.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
    await run(parts(), 5);
    expect(await summaryOf.summaryOf(two[0])).toMatchObject({ drift: 0, healings: 1 });
  });

  test('is not held up by a shard that fails: the others have their turn, and it has its own again', async () => {
    const { parts, updates, summaryOf } = await world([two[0]]);
    let calls = 0;
    const flaky = updates.connect({ fate: () => ((calls += 1) === 1 ? 'unavailable' : 'ok') });
    const turns = await run(parts(flaky), 0);
    expect(turns.map(({ kind }) => kind)).toEqual(['failed', 'exact']);
    expect(await summaryOf.summaryOf(two[0])).toBeUndefined();
    await run(parts(), 5, 1);
    expect(await summaryOf.summaryOf(two[0])).toMatchObject({ recountedAt: minute(0).toISOString() });
  });

  test('leaves a shard that is written all the time for later, and says so by its age', async () => {
    const { parts, updates, summaryOf } = await world([two[0]]);
    await run(parts(), 0);
    let written = 0;
    const busy = updates.connect({
      turn: async () => {
        written += 1;
        const row = { partitionKey: 'fw-a|000', rowKey: 'c|somebody|0', sequence: written };
        await updates.connect().submitTransaction([['upsert', row, 'Replace']]);
      },
    });
    expect((await run(parts(busy), 5)).map(({ kind }) => kind)).toEqual(['busy', 'exact']);
    expect(await summaryOf.summaryOf(two[0])).toMatchObject({ recountedAt: minute(0).toISOString() });
    await run(parts(), 10);
    expect(await summaryOf.summaryOf(two[0])).toMatchObject({ recountedAt: minute(10).toISOString() });
  });

  test('by several at once counts each shard once, and heals once', async () => {
    const { parts, summaryOf } = await world(two, { 'fw-a|000': 4, 'fw-b|001': -2 });
    const runs = await Promise.all([run(parts(), 0), run(parts(), 0), run(parts(), 0)]);
    expect(named(runs.flat()).toSorted()).toEqual(['fw-a|0', 'fw-a|1', 'fw-b|0', 'fw-b|1']);
    expect(await summaryOf.summaryOf(two[0])).toMatchObject({ drift: 4, healings: 1 });
    expect(await summaryOf.summaryOf(two[1])).toMatchObject({ drift: 2, healings: 1 });
  });
});
