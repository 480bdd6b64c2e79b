import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CountsOverTime } from '../../../client/answers.ts';
import { seriesInWords, seriesRows, stackedSeries } from '../../../web/words/count-series.ts';

const STATES = [
  'Downloading',
  'Verifying',
  'Applying',
  'Succeeded',
  'AlreadyCurrent',
  'Failed',
  'Reverted',
  'pending',
  'stuck',
] as const;

/** Stuck devices are in a state as well. */
const SHOWN = STATES.filter((state) => state !== 'stuck');

function columnsOf(points: readonly Partial<Record<(typeof STATES)[number], number>>[]): CountsOverTime {
  const at = points.map((_, i) => new Date(Date.UTC(2026, 2, 1, 10, i)).toISOString());
  const columns = STATES.map((state) => [state, points.map((point) => point[state] ?? 0)] as const);
  return { at, ...(Object.fromEntries(columns) as Record<(typeof STATES)[number], number[]>) };
}

const someColumns = fc
  .array(fc.record(Object.fromEntries(STATES.map((state) => [state, fc.nat(1000)]))), { minLength: 1 })
  .map(columnsOf);

describe('counts over time', () => {
  test('the areas lie upon each other, and the highest edge is every device', () => {
    fc.assert(
      fc.property(someColumns, (columns) => {
        const tops = stackedSeries(columns).map(({ top }) => top);
        const all = columns.at.map((_, i) => SHOWN.reduce((sum, state) => sum + (columns[state][i] ?? 0), 0));
        expect(tops.at(-1) ?? all.map(() => 0)).toEqual(all);
        tops.slice(1).forEach((top, k) => {
          expect(top.every((edge, i) => edge >= (tops[k]?.[i] ?? 0))).toBe(true);
        });
      }),
    );
  });

  test('states without a device are left out; the good end is at the bottom', () => {
    const columns = columnsOf([{ pending: 4 }, { Downloading: 3, Succeeded: 1 }]);
    expect(stackedSeries(columns).map(({ state }) => state)).toEqual(['Succeeded', 'Downloading', 'Pending']);
  });

  test('the table holds the first and the last moment, and not more rows than asked for', () => {
    fc.assert(
      fc.property(someColumns, fc.integer({ min: 2, max: 20 }), (columns, most) => {
        const rows = seriesRows(columns, most);
        expect(rows).toHaveLength(Math.min(most, columns.at.length));
        expect(rows.at(-1)?.at).toBe(columns.at.at(-1));
        expect(rows.length === 1 || rows[0]?.at === columns.at[0]).toBe(true);
        expect(new Set(rows.map(({ at }) => at)).size).toBe(rows.length);
      }),
    );
  });

  test('are told in words', () => {
    const now = Date.UTC(2026, 2, 1, 11);
    const columns = columnsOf([
      { pending: 9 },
      { Failed: 1, Succeeded: 3 },
      { Failed: 1, Reverted: 1, Succeeded: 7 },
    ]);
    expect(seriesInWords(columns, now)).toMatch(
      /\(2 min\): 7 devices succeeded, 2 failed or reverted\. The first failure was counted at \d\d:01:00\.$/,
    );
    expect(seriesInWords(columnsOf([]), now)).toBe('There are no numbers yet.');
  });
});
