import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLedger } from './invariants.ts';
import { deliver, deliverOnceMore, type Faults } from './schedule.ts';
import { TableDouble } from './table-double.ts';
import { worldOf, type WorldShape } from './world.ts';

/** `LEDGER_SCHEDULES=10000 npx vitest run test/faults` for the long run. */
const SCHEDULES = Number(process.env['LEDGER_SCHEDULES'] ?? 300);

const LONG_RUN_MS = 60 * 60_000;

const placement = {
  seed: fc.nat(),
  partitions: fc.integer({ min: 1, max: 4 }),
  shards: fc.integer({ min: 1, max: 4 }),
  hint: fc.constantFrom('right' as const, 'wrong' as const),
  disorder: fc.constantFrom(0, 0, 0.3),
};
const rate = fc.constantFrom(0, 0.02, 0.1);
const smallFleet = fc.record({
  ...placement,
  devices: fc.integer({ min: 1, max: 12 }),
  steps: fc.integer({ min: 1, max: 120 }),
});
const smallBatches = fc.record({
  rate,
  largestBatch: fc.constantFrom(3, 20, 150),
  cachedDevices: fc.constantFrom(2, 1000),
});

test(
  'the ledger is exact after any schedule of repeated, late, lost and interrupted work',
  async () => {
    expect(await failureOf(smallFleet, smallBatches, SCHEDULES)).toBeUndefined();
  },
  LONG_RUN_MS,
);

test(
  'and where a batch takes several transactions',
  async () => {
    const shape = fc.record({
      ...placement,
      devices: fc.integer({ min: 200, max: 300 }),
      steps: fc.constant(700),
      partitions: fc.constant(1),
      shards: fc.integer({ min: 1, max: 2 }),
    });
    const faults = fc.record({
      rate,
      largestBatch: fc.constant(700),
      cachedDevices: fc.constant(1000),
    });
    expect(await failureOf(shape, faults, Math.ceil(SCHEDULES / 30))).toBeUndefined();
  },
  LONG_RUN_MS,
);

test(
  'and where a history outgrows its row',
  async () => {
    const shape = fc.record({
      ...placement,
      devices: fc.integer({ min: 1, max: 2 }),
      steps: fc.constant(700),
    });
    const faults = fc.record({
      rate,
      largestBatch: fc.constantFrom(20, 297),
      cachedDevices: fc.constant(1000),
    });
    expect(await failureOf(shape, faults, Math.ceil(SCHEDULES / 30))).toBeUndefined();
  },
  LONG_RUN_MS,
);

/** The report of fast-check, with the seed and the smallest schedule that fails; undefined where none does. */
async function failureOf(
  shapes: fc.Arbitrary<WorldShape>,
  badness: fc.Arbitrary<Faults>,
  numRuns: number,
): Promise<string | undefined> {
  const schedule = fc.asyncProperty(shapes, badness, fc.nat(), async (shape, faults, seed) => {
    const world = worldOf(shape);
    const tables = { updates: new TableDouble(), deadLetters: new TableDouble(), announced: [] };
    await deliver(world, tables, faults, seed);
    const held = await checkLedger(world, tables);
    await deliverOnceMore(world, tables);
    expect(await checkLedger(world, tables), 'a repetition changes nothing').toEqual(held);
  });
  const details = await fc.check(schedule, { numRuns });
  if (!details.failed) return undefined;
  return `${await fc.asyncDefaultReportMessage(details)}\n${String(details.errorInstance)}`;
}
