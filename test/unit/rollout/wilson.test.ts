import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wilsonInterval } from '../../../src/shared/rollout/wilson.ts';

describe('the Wilson interval', () => {
  // From the textbook form of the score interval, evaluated apart from this code with 50 digits.
  test.each([
    [0, 10, 0, 0.277_533],
    [1, 10, 0.017_876, 0.404_150],
    [10, 10, 0.722_467, 1],
    [1, 1, 0.206_549, 1],
    [50, 100, 0.403_832, 0.596_168],
    [120, 1000, 0.101_299, 0.141_609],
    [0, 34, 0, 0.101_515],
    [0, 35, 0, 0.098_901],
  ])('of %i of %i', (hits, total, lower, upper) => {
    const interval = wilsonInterval(hits, total);
    expect(interval.lower).toBeCloseTo(lower, 5);
    expect(interval.upper).toBeCloseTo(upper, 5);
  });

  test('nothing observed says nothing', () => {
    expect(wilsonInterval(0, 0)).toEqual({ lower: 0, upper: 1 });
  });

  test('solves the equation that defines it: both ends are 1.959964 standard errors from the share', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, part) => {
          const hits = Math.round(part * n);
          const { lower, upper } = wilsonInterval(hits, n);
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(upper).toBeLessThanOrEqual(1);
          for (const end of [lower, upper].filter((each) => each > 0 && each < 1)) {
            const errors = Math.abs(hits / n - end) / Math.sqrt((end * (1 - end)) / n);
            expect(errors).toBeCloseTo(1.959_964, 4);
          }
        },
      ),
    );
  });
});
