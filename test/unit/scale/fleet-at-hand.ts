import { builtInPlans } from '../../../src/shared/rollout/built-in-plans.ts';
import type { Fleet } from '../../../infra/scale/fleet-plan.ts';

export const fleetOf = (given: Partial<Fleet> = {}): Fleet => ({
  devices: 10_000,
  tier: 'S1',
  units: 1,
  partitions: 4,
  throughputUnits: 1,
  tagsPerSecond: 20,
  imageBytes: 300_000,
  planName: 'all-at-once',
  plan: builtInPlans['all-at-once'],
  ...given,
});

export const careful = { planName: 'careful', plan: builtInPlans.careful } as const;
