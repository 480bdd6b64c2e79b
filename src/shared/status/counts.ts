import { type DeviceUpdateState, deviceUpdateStates } from './device-update.ts';

/** How many devices are in each state. One counter row may hold negative numbers: only sums are the truth. */
export type Counts = Readonly<Record<DeviceUpdateState, number>>;

export interface StateChange {
  /** Absent where the device was not yet seen. */
  readonly from: DeviceUpdateState | undefined;
  readonly to: DeviceUpdateState;
}

export const noCounts: Counts = countsBy(() => 0);

export function countsBy(count: (state: DeviceUpdateState) => number): Counts {
  return {
    Downloading: count('Downloading'),
    Verifying: count('Verifying'),
    Applying: count('Applying'),
    Succeeded: count('Succeeded'),
    AlreadyCurrent: count('AlreadyCurrent'),
    Failed: count('Failed'),
    Reverted: count('Reverted'),
  };
}

export function addCounts(a: Counts, b: Counts): Counts {
  return countsBy((state) => a[state] + b[state]);
}

export function subtractCounts(a: Counts, b: Counts): Counts {
  return countsBy((state) => a[state] - b[state]);
}

/** The counts after some devices changed their state. */
export function moveCounts(counts: Counts, changes: readonly StateChange[]): Counts {
  const moved: Record<DeviceUpdateState, number> = { ...counts };
  for (const { from, to } of changes) {
    if (from !== undefined) moved[from] -= 1;
    moved[to] += 1;
  }
  return moved;
}

export function totalOf(counts: Counts): number {
  return deviceUpdateStates.reduce((sum, state) => sum + counts[state], 0);
}

export function isZero(counts: Counts): boolean {
  return deviceUpdateStates.every((state) => counts[state] === 0);
}
