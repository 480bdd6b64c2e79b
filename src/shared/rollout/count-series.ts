import { type DeviceUpdateState, deviceUpdateStates } from '../status/device-update.ts';

/** What is counted of a rollout at each point: devices by state, those that are pending, those that are stuck. */
export const countColumns = [...deviceUpdateStates, 'pending', 'stuck'] as const;
export type CountColumn = DeviceUpdateState | 'pending' | 'stuck';

/** The counts of a rollout at one time. */
export interface CountPoint {
  /** Seconds since 1970. */
  readonly at: number;
  readonly counts: Readonly<Record<CountColumn, number>>;
}

/** The oldest first; no two points have the same time. */
export type CountSeries = readonly CountPoint[];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Up to which age (seconds) one point is kept for how long a time. What is older than all has a point a day. */
const TIERS = [
  { age: 3 * HOUR, every: MINUTE },
  { age: 2 * DAY, every: 10 * MINUTE },
  { age: 60 * DAY, every: HOUR },
] as const;

/**
 * With the tiers it takes nearly two years to reach it. A column is one property of the series' row, which
 * holds 32,768 characters at most (64 KiB in UTF-16): so many points of 100,000,000 devices fit.
 */
export const MAX_POINTS = 2500;

/**
 * The series with one more point, thinned by the age of its points. A point that is not later than the last
 * one by a minute of the clock changes nothing: several judges at once and one that is repeated count once.
 */
export function withPoint(series: CountSeries, point: CountPoint): CountSeries {
  const last = series.at(-1);
  if (last !== undefined && slotOf(point.at, MINUTE) <= slotOf(last.at, MINUTE)) return series;
  return thinned([...series, point]);
}

/** Whether both say the same of the devices. */
export function sameCounts(a: CountPoint, b: CountPoint): boolean {
  return countColumns.every((column) => a.counts[column] === b.counts[column]);
}

/** Keeps the first and the last point, and of the others the first of each slot that their age allows. */
function thinned(series: CountSeries): CountSeries {
  const newest = series.at(-1)?.at ?? 0;
  const kept: CountPoint[] = [];
  for (const [i, point] of series.entries()) {
    const every = everyAt(newest - point.at);
    const before = kept.at(-1);
    const opensSlot = before === undefined || slotOf(point.at, every) > slotOf(before.at, every);
    if (opensSlot || i === series.length - 1) kept.push(point);
  }
  return kept.length <= MAX_POINTS ? kept : halved(kept);
}

/** Of the older half every second point goes, never the first. */
function halved(series: CountSeries): CountSeries {
  const older = Math.floor(series.length / 2);
  return series.filter((_point, i) => i >= older || i % 2 === 0);
}

function everyAt(age: number): number {
  return TIERS.find((tier) => age <= tier.age)?.every ?? DAY;
}

function slotOf(at: number, every: number): number {
  return Math.floor(at / every);
}
