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

/**
 * Sums over the rollouts at work. `detailed` are those of them whose devices are known; a device that is in two
 * of them counts in each.
 */
export function fleetSummary(
  active: readonly Pick<Rollout, 'state'>[],
  detailed: readonly Pick<RolloutDetail, 'state' | 'counts' | 'stuck' | 'next'>[],
): FleetSummary {
  const sum = (of: (one: (typeof detailed)[number]) => number) =>
    detailed.reduce((total, one) => total + of(one), 0);
  const states = (...names: string[]) =>
    sum(({ counts }) => names.reduce((total, name) => total + (counts[name] ?? 0), 0));
  return {
    running: active.filter(({ state }) => state !== 'paused').length,
    waiting: active.filter(isPaused).length + detailed.filter(awaitsApproval).length,
    working: states('Downloading', 'Verifying', 'Applying'),
    stuck: sum(({ stuck }) => stuck),
    failed: states('Failed', 'Reverted'),
  };
}

/** What waits for a person first, each part in the order in which it came. */
export function waitingFirst<One extends Pick<Rollout, 'state'>>(
  rollouts: readonly One[],
  waits: (one: One) => boolean = isPaused,
): readonly One[] {
  return [...rollouts.filter(waits), ...rollouts.filter((one) => !waits(one))];
}

/** It goes on only if a person decides. */
export function waitsForPerson(rollout: Pick<RolloutDetail, 'state' | 'next'>): boolean {
  return isPaused(rollout) || awaitsApproval(rollout);
}

function isPaused({ state }: Pick<Rollout, 'state'>): boolean {
  return state === 'paused';
}

function awaitsApproval({ state, next }: Pick<RolloutDetail, 'state' | 'next'>): boolean {
  return state !== 'paused' && next.decision === 'await-approval';
}
