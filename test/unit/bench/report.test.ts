import { describe, expect, test } from 'vitest';
import { atLeast, atMost, isReached } from '../../../bench/figure.ts';
import type { Machine } from '../../../bench/machine.ts';
import { benchSection, jsonLines, resultsPage } from '../../../bench/report.ts';

const result = {
  figures: [
    { figure: 'requests', value: 12.345678, unit: 'requests', goal: atMost(12) },
    { figure: 'speed, to raw', value: 1.3, unit: 'x', goal: atLeast(1.2) },
    { figure: 'speed', value: 34_567.8, unit: '1/s' },
  ],
  notes: ['Measured on a table.'],
};
const machine: Machine = {
  cores: 2,
  cpu: 'A CPU',
  memoryGiB: 24,
  load: 3.14,
  node: 'v20.20.2',
  platform: 'linux x64',
  packages: { crc: '4.3.2' },
};

describe('a goal', () => {
  test.each([
    { value: 12, goal: atMost(12), reached: true },
    { value: 12.01, goal: atMost(12), reached: false },
    { value: 1.2, goal: atLeast(1.2), reached: true },
    { value: 1.19, goal: atLeast(1.2), reached: false },
    { value: Number.NaN, goal: atMost(12), reached: false },
    { value: Number.NaN, goal: atLeast(1), reached: false },
  ])('of $goal.is $goal.bound is reached by $value: $reached', ({ value, goal, reached }) => {
    expect(isReached({ value, goal })).toBe(reached);
  });

  test('that is not there is neither reached nor missed', () => {
    expect(isReached({ value: 1 })).toBeNull();
  });
});

describe('the report for programs', () => {
  test('is one object a line, with null for no goal', () => {
    const lines = jsonLines({ bench: 'ledger', result }).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { bench: 'ledger', figure: 'requests', value: 12.35, unit: 'requests', goal: 12, ok: false },
      { bench: 'ledger', figure: 'speed, to raw', value: 1.3, unit: 'x', goal: 1.2, ok: true },
      { bench: 'ledger', figure: 'speed', value: 34_570, unit: '1/s', goal: null, ok: null },
    ]);
  });

  test('does not let rounding hide a missed goal', () => {
    const close = { figures: [{ figure: 'f', value: 12.0001, unit: 'x', goal: atMost(12) }], notes: [] };
    expect(JSON.parse(jsonLines({ bench: 'b', result: close }))).toMatchObject({ value: 12, ok: false });
  });
});

describe('the report for people', () => {
  test('names missed goals as missed', () => {
    const section = benchSection({ bench: 'ledger', result });
    expect(section).toContain('| requests | 12.3 | requests | ≤ 12 | **missed** |');
    expect(section).toContain('| speed, to raw | 1.3 | x | ≥ 1.2 | reached |');
    expect(section).toContain('| speed | 34,568 | 1/s |  |  |');
    expect(section).toContain('- Measured on a table.');
  });

  test('says where, when and how many goals were reached', () => {
    const page = resultsPage('2026-03-01T12:00:00.000Z', machine, [{ bench: 'ledger', result }]);
    expect(page).toContain('2026-03-01T12:00:00.000Z');
    expect(page).toContain('2 cores, A CPU, 24 GiB, linux x64, Node v20.20.2; load 3.1 at the start');
    expect(page).toContain('1 of 2 goals reached; missed ones are marked');
    expect(page).toContain('## ledger');
  });
});
