import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isWindowOpen,
  nextOpening,
  type RolloutWindow,
  weekdays,
} from '../../../src/shared/rollout/rollout-window.ts';

const on = (days: RolloutWindow['days'], from: string, to: string): RolloutWindow => ({ days, from, to });
const open = (window: RolloutWindow, time: string) => isWindowOpen(window, new Date(time));

describe('a window', () => {
  // 2026-03-02 is a Monday.
  test('is open from its first minute to the one before its last, on its days', () => {
    const window = on(['Monday', 'Wednesday'], '08:30', '17:00');
    expect(open(window, '2026-03-02T08:29:59.999Z')).toBe(false);
    expect(open(window, '2026-03-02T08:30:00.000Z')).toBe(true);
    expect(open(window, '2026-03-02T16:59:59.999Z')).toBe(true);
    expect(open(window, '2026-03-02T17:00:00.000Z')).toBe(false);
    expect(open(window, '2026-03-03T12:00:00.000Z')).toBe(false);
    expect(open(window, '2026-03-04T12:00:00.000Z')).toBe(true);
  });

  test('over midnight belongs to the day on which it begins', () => {
    const window = on(['Friday'], '22:00', '04:00');
    expect(open(window, '2026-03-06T21:59:00Z')).toBe(false);
    expect(open(window, '2026-03-06T22:00:00Z')).toBe(true);
    expect(open(window, '2026-03-07T03:59:00Z')).toBe(true);
    expect(open(window, '2026-03-07T04:00:00Z')).toBe(false);
    expect(open(window, '2026-03-06T03:00:00Z')).toBe(false);
    expect(open(window, '2026-03-07T22:30:00Z')).toBe(false);
  });

  test('with equal times is 24 hours long', () => {
    const window = on(['Tuesday'], '06:00', '06:00');
    expect(open(window, '2026-03-03T05:59:00Z')).toBe(false);
    expect(open(window, '2026-03-03T06:00:00Z')).toBe(true);
    expect(open(window, '2026-03-04T05:59:00Z')).toBe(true);
    expect(open(window, '2026-03-04T06:00:00Z')).toBe(false);
  });

  test('opens next on the next of its days', () => {
    const window = on(['Friday'], '22:00', '04:00');
    const next = (time: string) => nextOpening(window, new Date(time)).toISOString();
    expect(next('2026-03-02T12:00:00Z')).toBe('2026-03-06T22:00:00.000Z');
    expect(next('2026-03-06T21:59:59Z')).toBe('2026-03-06T22:00:00.000Z');
    expect(next('2026-03-06T22:00:00Z')).toBe('2026-03-13T22:00:00.000Z');
    expect(next('2026-12-31T23:59:00Z')).toBe('2027-01-01T22:00:00.000Z');
  });

  test('is shut until its next opening and open at it', () => {
    const minute = fc.nat(24 * 60 - 1).map((each) => {
      const two = (part: number) => String(part).padStart(2, '0');
      return `${two(Math.floor(each / 60))}:${two(each % 60)}`;
    });
    const windows = fc.record({
      days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
      from: minute,
      to: minute,
    });
    fc.assert(
      fc.property(windows, fc.nat(14 * 24 * 60), fc.nat(10_000), (window, minutes, share) => {
        const now = new Date(Date.UTC(2026, 1, 25) + minutes * 60_000);
        const next = nextOpening(window, now);
        expect(isWindowOpen(window, next)).toBe(true);
        expect(next.getTime() - now.getTime()).toBeLessThanOrEqual(7 * 86_400_000);
        if (isWindowOpen(window, now)) return;
        const between = now.getTime() + Math.floor(((next.getTime() - now.getTime() - 1) * share) / 10_000);
        expect(isWindowOpen(window, new Date(between))).toBe(false);
      }),
    );
  });
});
