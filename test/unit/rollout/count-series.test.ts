import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CountColumn,
  countColumns,
  type CountPoint,
  type CountSeries,
  MAX_POINTS,
  withPoint,
} from '../../../src/shared/rollout/count-series.ts';
import {
  fromSeriesColumns,
  SeriesUnreadableError,
  toSeriesColumns,
} from '../../../src/shared/rollout/count-series-columns.ts';

const START = Date.parse('2026-03-01T09:00:00Z') / 1000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;
/** Documented: a string property holds 64 KiB in UTF-16, an entity 1 MiB. */
const MAX_CHARACTERS = 32 * 1024;
const MAX_ENTITY_BYTES = 1024 * 1024;

function pointAt(at: number, value = (_column: CountColumn): number => 0): CountPoint {
  return {
    at,
    counts: Object.fromEntries(countColumns.map((name) => [name, value(name)])) as CountPoint['counts'],
  };
}

const taken = (times: readonly number[], series: CountSeries = []): CountSeries =>
  times.reduce((all, at) => withPoint(all, pointAt(at)), series);
const timesOf = (series: CountSeries) => series.map(({ at }) => at);
const every = (seconds: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / seconds) + 1 }, (_, i) => from + i * seconds);

/** Gaps between two runs of the judge: mostly a minute, sometimes twice at once, sometimes an outage. */
const gaps = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 55, max: 65 }) },
    { weight: 2, arbitrary: fc.integer({ min: -30, max: 3 }) },
    { weight: 2, arbitrary: fc.integer({ min: 10 * MINUTE, max: 5 * HOUR }) },
    { weight: 1, arbitrary: fc.integer({ min: DAY, max: 40 * DAY }) },
  ),
  { minLength: 1, maxLength: 400 },
);
const timesFrom = (steps: readonly number[]): number[] => {
  let at = START;
  return [START, ...steps.map((step) => (at += step))];
};

describe('a series', () => {
  test('has every minute of the last three hours', () => {
    const minutes = every(MINUTE, START, START + 3 * HOUR);
    expect(timesOf(taken(minutes))).toEqual(minutes);
  });

  test('gets fewer points with age: every ten minutes, every hour, every day', () => {
    const now = START + 70 * DAY;
    const old = every(10 * MINUTE, START, now - DAY);
    const times = timesOf(taken([...old, ...every(MINUTE, now - DAY + MINUTE, now)]));
    const gapsBetween = (youngest: number, oldest: number) =>
      new Set(
        times
          .slice(1)
          .map((at, i) => ({ age: now - at, gap: at - (times[i] ?? 0) }))
          .filter(({ age }) => age > youngest && age < oldest)
          .map(({ gap }) => gap),
      );
    expect(gapsBetween(0, 3 * HOUR - MINUTE)).toEqual(new Set([MINUTE]));
    expect(gapsBetween(3 * HOUR + 20 * MINUTE, 2 * DAY - HOUR)).toEqual(new Set([10 * MINUTE]));
    expect(gapsBetween(2 * DAY + 2 * HOUR, 60 * DAY - DAY)).toEqual(new Set([HOUR]));
    expect([...gapsBetween(60 * DAY + 2 * DAY, 70 * DAY)].every((gap) => gap <= DAY && gap > HOUR)).toBe(
      true,
    );
    expect(times.length).toBeLessThan(2000);
  });

  test('is the same after a minute that was counted twice', () => {
    const series = taken([START, START + MINUTE]);
    expect(
      withPoint(
        series,
        pointAt(START + MINUTE, () => 7),
      ),
    ).toBe(series);
    expect(
      withPoint(
        series,
        pointAt(START + MINUTE + 59, () => 7),
      ),
    ).toBe(series);
    expect(
      withPoint(
        series,
        pointAt(START, () => 7),
      ),
    ).toBe(series);
  });

  test('keeps its first and its newest point, ascends, invents nothing, and stays within its bound, whenever points come', () => {
    fc.assert(
      fc.property(gaps, (steps) => {
        const given = timesFrom(steps);
        let series: CountSeries = [];
        for (const at of given) {
          const before = series;
          series = withPoint(series, pointAt(at));
          const isNew = series !== before;
          const times = timesOf(series);
          expect(times[0]).toBe(START);
          expect(times.at(-1)).toBe(isNew ? at : before.at(-1)?.at);
          expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
          expect(times.every((time) => given.includes(time))).toBe(true);
          expect(times.length).toBeLessThanOrEqual(MAX_POINTS);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('of ten years stays within its bound, with its first and its last point', () => {
    const days = every(DAY, START, START + 3650 * DAY);
    const minutes = every(MINUTE, START + 3651 * DAY, START + 3653 * DAY);
    const series = taken([...days, ...minutes]);
    expect(series.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(series.length).toBeGreaterThan(MAX_POINTS / 2);
    expect([series[0]?.at, series.at(-1)?.at]).toEqual([START, START + 3653 * DAY]);
  });
});

describe('the columns of a series', () => {
  test('give the series back', () => {
    const value = fc.integer({ min: -1000, max: 100_000_000 });
    const points = fc
      .uniqueArray(fc.integer({ min: 0, max: 2 ** 34 }), { maxLength: 50 })
      .chain((times) =>
        fc.tuple(...times.toSorted((a, b) => a - b).map((at) => value.map((n) => pointAt(at, () => n)))),
      );
    fc.assert(
      fc.property(points, (series) => {
        expect(fromSeriesColumns(toSeriesColumns(series))).toEqual(series);
      }),
    );
  });

  test('of the longest series of the largest fleet that changes the most fit into one row', () => {
    const longest = Array.from({ length: MAX_POINTS }, (_, i) =>
      pointAt(START + i * 400 * DAY, () => (i % 2 === 0 ? 0 : 100_000_000)),
    );
    const lengths = Object.values(toSeriesColumns(longest)).map((text) => text.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_CHARACTERS);
    expect(lengths.reduce((sum, length) => sum + 2 * length, 0)).toBeLessThan(MAX_ENTITY_BYTES);
  });

  test('that somebody else has written are refused', () => {
    const columns = toSeriesColumns(taken([START, START + MINUTE]));
    expect(() => fromSeriesColumns({ ...columns, Failed: '1' })).toThrow(SeriesUnreadableError);
    expect(() => fromSeriesColumns({ ...columns, Failed: 'a,b' })).toThrow(SeriesUnreadableError);
    expect(() => fromSeriesColumns({ ...columns, stuck: undefined })).toThrow(SeriesUnreadableError);
  });
});
