import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLedger } from './invariants.ts';
import { deliver, deliverOnceMore } from './schedule.ts';
import { TableDouble } from './table-double.ts';
import { worldOf } from './world.ts';

/** `LEDGER_SCHEDULES=10000 npx vitest run test/faults` for the long run. */
const SCHEDULES = Number(process.env['LEDGER_SCHEDULES'] ?? 300);

const shape = fc.record({
  seed: fc.nat(),
  devices: fc.integer({ min: 1, max: 12 }),
  steps: fc.integer({ min: 1, max: 120 }),
  partitions: fc.integer({ min: 1, max: 4 }),
  shards: fc.integer({ min: 1, max: 4 }),
  hint: fc.constantFrom('right' as const, 'wrong' as const),
  moving: fc.constantFrom(0, 0, 0.3),
});
const faults = fc.record({
  rate: fc.constantFrom(0, 0.02, 0.1),
  largestBatch: fc.constantFrom(3, 20, 150),
  cachedDevices: fc.constantFrom(2, 1000),
});

test(
  'the ledger is exact after any schedule of repeated, late, lost and interrupted work',
  async () => {
    const schedule = fc.asyncProperty(shape, faults, fc.nat(), async (worldShape, badness, seed) => {
      const world = worldOf(worldShape);
      const tables = { updates: new TableDouble(), deadLetters: new TableDouble() };
      await deliver(world, tables, badness, seed);
      const held = await checkLedger(world, tables);
      await deliverOnceMore(world, tables);
      expect(await checkLedger(world, tables), 'a repetition changes nothing').toEqual(held);
    });
    // fast-check prints the seed and the smallest schedule that fails.
    await fc.assert(schedule, { numRuns: SCHEDULES });
  },
  30 * 60_000,
);
