import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LONGEST_WAIT,
  nextAttempt,
  RETRY_WAITS,
  retryAfterSeconds,
} from '../../../src/shared/webhooks/retry-schedule.ts';

const dice = fc.double({ min: 0, max: 1, noNaN: true });
const attempt = fc.integer({ min: 1, max: RETRY_WAITS.length });
const asked = fc.option(fc.integer({ min: 0, max: 10 * LONGEST_WAIT }), { nil: undefined });

function seconds(...args: Parameters<typeof nextAttempt>): number {
  const next = nextAttempt(...args);
  return next.kind === 'after' ? next.seconds : Number.NaN;
}

describe('the wait before the next attempt', () => {
  test('is what Standard Webhooks advises: ten attempts in a little more than three days', () => {
    const waits = RETRY_WAITS.map((_, i) => seconds(i + 1, undefined, 0));
    expect(waits).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(nextAttempt(10, undefined, 0)).toEqual({ kind: 'exhausted' });
    expect(waits.reduce((sum, wait) => sum + wait, 0) / 3600).toBeCloseTo(75.6, 1);
  });

  test('is never shorter than planned, and at most a fifth longer where nothing is asked for', () => {
    fc.assert(
      fc.property(attempt, dice, (number, random) => {
        const planned = RETRY_WAITS[number - 1] ?? 0;
        expect(seconds(number, undefined, random)).toBeGreaterThanOrEqual(planned);
        expect(seconds(number, undefined, random)).toBeLessThanOrEqual(Math.ceil(planned * 1.2));
      }),
    );
  });

  test('is what the receiver asks for, where that is longer, but a day at most', () => {
    fc.assert(
      fc.property(attempt, asked, dice, (number, retryAfter, random) => {
        const wait = seconds(number, retryAfter, random);
        expect(wait).toBeGreaterThanOrEqual(Math.min(retryAfter ?? 0, LONGEST_WAIT));
        expect(wait).toBe(
          Math.max(seconds(number, undefined, random), Math.min(retryAfter ?? 0, LONGEST_WAIT)),
        );
      }),
    );
  });

  test('is a whole number that a queue takes: from 0 to seven days', () => {
    fc.assert(
      fc.property(attempt, asked, dice, (number, retryAfter, random) => {
        const wait = seconds(number, retryAfter, random);
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeLessThan(7 * 86_400);
      }),
    );
  });

  test('grows with the attempts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: RETRY_WAITS.length - 1 }), dice, (number, random) => {
        expect(seconds(number + 1, undefined, random)).toBeGreaterThan(seconds(number, undefined, random));
      }),
    );
  });

  test('comes to an end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: RETRY_WAITS.length + 1, max: 1000 }),
        asked,
        dice,
        (number, after, random) => {
          expect(nextAttempt(number, after, random)).toEqual({ kind: 'exhausted' });
        },
      ),
    );
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-03-01T12:00:00.000Z');
  test.each([
    [null, undefined],
    ['120', 120],
    [' 0 ', 0],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
    ['1e99', undefined],
  ])('%s is %s seconds', (header, expected) => {
    expect(retryAfterSeconds(header, now)).toBe(expected);
  });

  test('never makes a time out of nonsense that is no time', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const wait = retryAfterSeconds(text, now);
        expect(wait === undefined || (Number.isInteger(wait) && wait >= 0)).toBe(true);
      }),
    );
  });
});
