import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { historyOf } from '../../../src/shared/status/device-history.ts';
import type { HistoryEntry } from '../../../src/shared/status/device-update.ts';
import {
  EMBEDDED_MAX,
  fromColumns,
  splitHistory,
  toColumns,
} from '../../../src/shared/status/history-columns.ts';
import { closeHole, holesFromText, holesToText, openHole } from '../../../src/shared/status/holes.ts';

const entry = (version: number, life = 0): HistoryEntry => ({
  life,
  version,
  status: 'Current',
  state: 'Succeeded',
  attempt: 1,
  hubTime: '2026-03-01T10:00:00.000Z',
  substatus: 'text with "quotes"',
});

describe('history as columns of a row', () => {
  test('comes back as it was, in the order of lives and versions', () => {
    const entries = [entry(9_999_999_999), entry(2), entry(10), entry(1, 1)];
    expect(fromColumns({ state: 'Succeeded', holes: '', ...toColumns(entries) })).toEqual([
      entry(2),
      entry(10),
      entry(9_999_999_999),
      entry(1, 1),
    ]);
  });

  test('that outgrows its row leaves the newest there, and no entry is lost or doubled', () => {
    const sizes = fc.integer({ min: EMBEDDED_MAX + 1, max: 3 * EMBEDDED_MAX });
    const split = fc.property(sizes, (size) => {
      const entries = Array.from({ length: size }, (_, i) => entry(i + 1));
      const { embedded, overflow } = splitHistory(entries.toReversed());
      expect([...overflow.flat(), ...embedded]).toEqual(entries);
      expect(embedded.length).toBe(100);
      expect(overflow.every((block) => block.length >= 1 && block.length <= EMBEDDED_MAX)).toBe(true);
    });
    fc.assert(split);
  });

  test('stays within the limits of a row where every entry is as large as it can be', () => {
    const largest = { ...entry(1), deviceTime: '2026-03-01T10:00:00.000Z', currentVersion: '"'.repeat(64) };
    const rows = toColumns(
      Array.from({ length: EMBEDDED_MAX }, (_, i) => ({
        ...largest,
        version: i + 1,
        substatus: '"'.repeat(1024),
      })),
    );
    const bytes = Object.entries(rows).reduce(
      (sum, [name, value]) => sum + 2 * (name.length + value.length),
      0,
    );
    expect(bytes).toBeLessThan(1024 * 1024 - 8192);
    expect(Math.max(...Object.values(rows).map((value) => 2 * value.length))).toBeLessThan(64 * 1024);
  });

  test('is served with the hole before each report, but none between two lives', () => {
    const served = historyOf([entry(7), entry(3), entry(4), entry(2, 1)]);
    expect(served.map(({ life, version, gap }) => [life, version, gap])).toEqual([
      [0, 3, 0],
      [0, 4, 0],
      [0, 7, 2],
      [1, 2, 0],
    ]);
  });
});

describe('the holes of a history', () => {
  test('are filled one by one', () => {
    const holes = openHole([], 5, 8);
    expect(closeHole(holes, 6)).toEqual([
      { from: 5, to: 5 },
      { from: 7, to: 8 },
    ]);
    expect(closeHole(openHole([], 5, 5), 5)).toEqual([]);
    expect(closeHole(holes, 9)).toBeUndefined();
  });

  test('are kept as text', () => {
    const holes = openHole(openHole([], 12, 12), 5, 7);
    expect(holesToText(holes)).toBe('5-7 12');
    expect(holesFromText('5-7 12')).toEqual(holes);
    expect(holesFromText('')).toEqual([]);
  });

  test('are forgotten, the oldest first, where there are more than a hundred', () => {
    let holes = openHole([], 1, 1);
    for (let version = 3; version < 240; version += 2) holes = openHole(holes, version, version);
    expect(holes).toHaveLength(100);
    expect(holes.at(-1)).toEqual({ from: 239, to: 239 });
  });
});
