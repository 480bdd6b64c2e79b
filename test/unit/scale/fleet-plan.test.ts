import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tiers } from '../../../infra/scale/documented-limits.ts';
import { type Fleet, fleetPlan } from '../../../infra/scale/fleet-plan.ts';
import { careful, fleetOf } from './fleet-at-hand.ts';

const stepOf = (fleet: Fleet, step: string) => fleetPlan(fleet).steps.find((found) => found.step === step);

test('10,000 devices on one S1 unit report for 20 minutes: 60,000 twin updates at 50 a second', () => {
  const plan = fleetPlan(fleetOf());
  expect(stepOf(fleetOf(), 'reports of devices')).toMatchObject({
    amount: 60_000,
    perSecond: 50,
    seconds: 1200,
  });
  expect(plan).toMatchObject({ seconds: 1200, bottleneck: 'reports of devices' });
});

test('a daily quota takes no time on its first day, and a day for each further one', () => {
  const within = fleetOf({ devices: 57_142 });
  expect(stepOf(within, 'messages a day')).toMatchObject({ amount: 399_994, seconds: 0 });
  const beyond = fleetOf({ devices: 57_143 });
  expect(stepOf(beyond, 'messages a day')).toMatchObject({ amount: 400_001, seconds: 86_400 });
  expect(fleetPlan(beyond)).toMatchObject({ bottleneck: 'messages a day', messages: { days: 2 } });
});

test('units move the rates of S2 and S3, not the twin updates of S1', () => {
  const rate = (given: Partial<Fleet>) => stepOf(fleetOf(given), 'reports of devices')?.perSecond;
  expect(rate({ tier: 'S1', units: 10 })).toBe(50);
  expect(rate({ tier: 'S2', units: 10 })).toBe(50);
  expect(rate({ tier: 'S2', units: 20 })).toBe(100);
  expect(rate({ tier: 'S3', units: 10 })).toBe(2500);
});

test('a million devices on ten S3 units wait for the soak times, not for the hub', () => {
  const plan = fleetPlan(
    fleetOf({ devices: 1_000_000, tier: 'S3', units: 10, throughputUnits: 20, ...careful }),
  );
  expect(plan.bottleneck).toBe('the soak times of the plan careful');
  expect(plan.seconds).toBe((10 + 30 + 60 + 60 + 60) * 60);
});

test('stages add up to the fleet, and a small fleet opens stages of at least five devices', () => {
  expect(fleetPlan(fleetOf(careful)).stages.map(({ offered }) => offered)).toEqual([
    10, 100, 1000, 5000, 10_000,
  ]);
  expect(fleetPlan(fleetOf({ devices: 20, ...careful })).stages.map(({ added }) => added)).toEqual([
    5, 5, 5, 5, 0,
  ]);
});

test('bucket tags are needed for shares only, at the budget or at what the hub takes', () => {
  expect(fleetPlan(fleetOf()).tags).toBeUndefined();
  expect(fleetPlan(fleetOf(careful)).tags).toMatchObject({ seconds: 500, limit: 'the budget that is set' });
  const eager = fleetPlan(fleetOf({ ...careful, tagsPerSecond: 200 })).tags;
  expect(eager).toMatchObject({ seconds: 200, limit: 'twin updates of the hub' });
});

test('what does not fit on a hub is said, with the way out', () => {
  expect(fleetPlan(fleetOf({ tier: 'F1', devices: 501 })).problems).toEqual([
    'A hub of tier F1 holds 500 devices: take a larger tier, or several hubs.',
  ]);
  expect(fleetPlan(fleetOf({ tier: 'S3', units: 11 })).problems).toEqual([
    'S3 has at most 10 units: take the next tier, or a second hub.',
  ]);
  expect(fleetPlan(fleetOf()).problems).toEqual([]);
});

const fleets = fc
  .record({
    devices: fc.integer({ min: 1, max: 2_000_000 }),
    tier: fc.constantFrom(...tiers),
    units: fc.integer({ min: 1, max: 200 }),
    partitions: fc.integer({ min: 1, max: 32 }),
    throughputUnits: fc.integer({ min: 1, max: 40 }),
    staged: fc.boolean(),
  })
  .map(({ staged, ...given }) => fleetOf(staged ? { ...given, ...careful } : given));

test('more devices never take less time, and more of a limit never takes more', () => {
  fc.assert(
    fc.property(fleets, fc.integer({ min: 1, max: 1_000_000 }), (fleet, more) => {
      const { seconds } = fleetPlan(fleet);
      expect(fleetPlan({ ...fleet, devices: fleet.devices + more }).seconds).toBeGreaterThanOrEqual(seconds);
      const richer = { ...fleet, units: fleet.units * 2, throughputUnits: fleet.throughputUnits + 1 };
      expect(fleetPlan(richer).seconds).toBeLessThanOrEqual(seconds);
    }),
  );
});

test('no plan is faster than its slowest step, its stages reach everybody, and no number is negative', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      const plan = fleetPlan(fleet);
      const added = plan.stages.reduce((sum, stage) => sum + stage.added, 0);
      expect(added).toBe(fleet.devices);
      expect(plan.stages.every((stage) => stage.added >= 0 && stage.seconds >= 0)).toBe(true);
      // A quota that starts anew each day may be gone through in parts; everything else only takes as long in sum.
      const slowest = Math.max(
        ...plan.steps.filter(({ step }) => step !== 'messages a day').map(({ seconds }) => seconds),
      );
      expect(plan.seconds).toBeGreaterThanOrEqual(slowest * 0.999_999);
    }),
  );
});
