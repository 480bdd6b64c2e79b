import type { Failures } from '../status/failure-reads.ts';
import type { RolloutCounts } from '../status/ledger-reads.ts';

/** Devices that a rollout has not brought to a good end, each in one number. */
export interface LeftOver {
  /** Targeted, and nothing was reported. */
  readonly pending: number;
  /** At work, and within the limits of the plan. */
  readonly working: number;
  readonly stuck: number;
  readonly failed: number;
  readonly reverted: number;
}

/** @param targeted devices that the open stages select */
export function leftOverOf({ byState, seen }: RolloutCounts, stuck: number, targeted: number): LeftOver {
  const working = byState.Downloading + byState.Verifying + byState.Applying;
  return {
    pending: Math.max(0, targeted - seen),
    working: Math.max(0, working - stuck),
    stuck,
    failed: byState.Failed,
    reverted: byState.Reverted,
  };
}

const REASONS = 5;
const REASON_CHARACTERS = 80;

/** What is left over, as the journal keeps it with the completion. */
export function leftOverInputs(
  { pending, working, stuck, failed, reverted }: LeftOver,
  failures: Failures,
): Readonly<Record<string, number | string>> {
  const reasons = failures.groups
    .filter(({ state }) => state === 'Failed')
    .slice(0, REASONS)
    .map(({ reason, devices }) => `${reason.slice(0, REASON_CHARACTERS) || 'no reason given'}: ${devices}`);
  return {
    leftOverPending: pending,
    leftOverWorking: working,
    leftOverStuck: stuck,
    leftOverFailed: failed,
    leftOverReverted: reverted,
    ...(reasons.length > 0 && { leftOverFailedBy: reasons.join(', ') }),
  };
}
