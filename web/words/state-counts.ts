import type { RolloutDetail } from '../../client/answers.ts';
import { count, share } from './numbers.ts';
import { SHOWN_STATES, type ShownState, stateWords } from './states.ts';

export interface StateCount {
  readonly state: ShownState;
  readonly label: string;
  readonly devices: number;
}

/** How many devices are in each state, in the order in which states are shown, those not yet heard of included. */
export function stateCounts({
  counts,
  pending = 0,
}: Pick<RolloutDetail, 'counts' | 'pending'>): readonly StateCount[] {
  return SHOWN_STATES.map((state) => ({
    state,
    label: stateWords[state].label,
    devices: state === 'Pending' ? pending : (counts[state] ?? 0),
  }));
}

export function totalOf(counted: readonly StateCount[]): number {
  return counted.reduce((sum, { devices }) => sum + devices, 0);
}

/** The bar in words: `15 of 20 succeeded, 2 downloading, 1 failed`. */
export function barInWords(counted: readonly StateCount[]): string {
  const total = totalOf(counted);
  if (total === 0) return 'no devices yet';
  const parts = counted
    .filter(({ devices }) => devices > 0)
    .map(({ label, devices }) => `${count(devices)} ${label.toLowerCase()}`);
  return `${parts.join(', ')}, of ${count(total)}`;
}

/** How much of it is over: `75 %` of the devices have an end. */
export function endedShare(counted: readonly StateCount[]): string {
  const ended = counted.filter(({ state }) => ENDS.has(state));
  return share(totalOf(ended), totalOf(counted));
}

const ENDS: ReadonlySet<ShownState> = new Set(['Succeeded', 'AlreadyCurrent', 'Failed', 'Reverted']);
