import { describe, expect, it } from 'vitest';
import { backOff } from '../../../local/devkit/back-off.ts';

describe('the wait before the next try to connect', () => {
  it('doubles from one second to one minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 2000].map((failures) => backOff(failures, 1, 0));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is shortened at random, by half at most', () => {
    expect(backOff(3, 1, 0.5)).toBe(3000);
    expect(backOff(3, 1, 1)).toBe(2000);
  });

  it('goes with the simulated time, but spares the hub', () => {
    expect(backOff(7, 50, 0)).toBe(1200);
    expect(backOff(1, 50, 0)).toBe(250);
    expect(backOff(1, 1e9, 0.999)).toBeGreaterThan(125);
  });
});
