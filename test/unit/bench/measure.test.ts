import { describe, expect, test } from 'vitest';
import { interleaved, median, medianRatio, percentile } from '../../../bench/measure.ts';

describe('the median', () => {
  test.each([
    { values: [3], expected: 3 },
    { values: [9, 1, 5], expected: 5 },
    { values: [4, 1, 10, 2], expected: 3 },
    { values: [100, 20, 3], expected: 20 },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  test('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test.each([
    { share: 0.5, expected: 50 },
    { share: 0.95, expected: 95 },
    { share: 1, expected: 100 },
    { share: 0, expected: 1 },
  ])('$share of 1 to 100 is $expected', ({ share, expected }) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  test('of few values is one of them', () => {
    expect(percentile([7, 3], 0.95)).toBe(7);
  });
});

describe('a ratio of two series', () => {
  test('compares what was measured in the same round', () => {
    // The machine was three times slower in the second round, for both.
    expect(medianRatio([20, 60, 20], [10, 30, 10])).toBe(2);
  });

  test('is no number where a round has nothing to compare with', () => {
    expect(medianRatio([1, 2], [1])).toBeNaN();
  });
});

describe('interleaved tasks', () => {
  test('take turns round after round, and keep their results apart', async () => {
    const order: string[] = [];
    const task = (name: string) => async (round: number) => {
      order.push(`${name}${round}`);
      return `${name}${round}`;
    };
    const results = await interleaved(2, { a: task('a'), b: task('b') });
    expect(order).toEqual(['a0', 'b0', 'a1', 'b1']);
    expect(results).toEqual({ a: ['a0', 'a1'], b: ['b0', 'b1'] });
  });
});
