import { type DeviceUpdate, type DeviceUpdateState, deviceUpdateStates } from './device-update.ts';

/**
 * How many devices are in each state and, of those in working states, how many are `retrying`: their attempt
 * before failed or fell back. One counter row may hold negative numbers: only sums are the truth.
 */
export type Counts = Readonly<Record<DeviceUpdateState | 'retrying', number>>;

/** What of a device is counted. */
export type CountedDevice = Pick<DeviceUpdate, 'state' | 'retrying'>;

export interface StateChange {
  /** Absent where the device was not yet seen. */
  readonly from: CountedDevice | undefined;
  readonly to: CountedDevice;
}

export const noCounts: Counts = countsBy(() => 0);

export function countsBy(count: (key: keyof Counts) => number): Counts {
  return {
    Downloading: count('Downloading'),
    Verifying: count('Verifying'),
    Applying: count('Applying'),
    Succeeded: count('Succeeded'),
    AlreadyCurrent: count('AlreadyCurrent'),
    Failed: count('Failed'),
    Reverted: count('Reverted'),
    retrying: count('retrying'),
  };
}

export function addCounts(a: Counts, b: Counts): Counts {
  return countsBy((key) => a[key] + b[key]);
}

export function subtractCounts(a: Counts, b: Counts): Counts {
  return countsBy((key) => a[key] - b[key]);
}

/** The counts after some devices changed their state. */
export function moveCounts(counts: Counts, changes: readonly StateChange[]): Counts {
  const moved: Record<keyof Counts, number> = { ...counts };
  const add = ({ state, retrying }: CountedDevice, by: 1 | -1): void => {
    moved[state] += by;
    if (retrying) moved.retrying += by;
  };
  for (const { from, to } of changes) {
    if (from !== undefined) add(from, -1);
    add(to, 1);
  }
  return moved;
}

export function totalOf(counts: Counts): number {
  return deviceUpdateStates.reduce((sum, state) => sum + counts[state], 0);
}

export function isZero(counts: Counts): boolean {
  return Object.values(counts).every((count) => count === 0);
}
