import type { Rollout, RolloutDetail } from '../../client/answers.ts';

export interface FleetSummary {
  readonly running: number;
  /** Rollouts that go on only if a person decides. */
  readonly waiting: number;
  /** Devices at work in a rollout, and what is wrong with others. */
  readonly working: number;
  readonly stuck: number;
  readonly failed: number;
}

/** Rollouts that may still reach devices by themselves or by a decision. */
export function isActive({ state }: Pick<Rollout, 'state'>): boolean {
  return state === 'starting' || state === 'running' || state === 'paused';
}

/** Sums over rollouts that are at work. A device that is in two of them counts in each. */
export function fleetSummary(
  rollouts: readonly Pick<RolloutDetail, 'state' | 'counts' | 'stuck' | 'next'>[],
): FleetSummary {
  const sum = (of: (one: (typeof rollouts)[number]) => number) =>
    rollouts.reduce((total, one) => total + of(one), 0);
  const states = (...names: string[]) =>
    sum(({ counts }) => names.reduce((total, name) => total + (counts[name] ?? 0), 0));
  return {
    running: rollouts.filter(({ state }) => state !== 'paused').length,
    waiting: rollouts.filter(waitsForPerson).length,
    working: states('Downloading', 'Verifying', 'Applying'),
    stuck: sum(({ stuck }) => stuck),
    failed: states('Failed', 'Reverted'),
  };
}

function waitsForPerson({ state, next }: Pick<RolloutDetail, 'state' | 'next'>): boolean {
  return state === 'paused' || next.decision === 'await-approval';
}
