import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PollingBackOff } from '../../../local/function-host/polling-back-off.ts';

describe('the waits of an idle poller', () => {
  test('begin at 100 ms, double, and end at the longest', () => {
    const backOff = new PollingBackOff(1000, () => 0.5);
    expect(Array.from({ length: 7 }, () => backOff.next(false))).toEqual([
      100, 200, 300, 500, 900, 1000, 1000,
    ]);
  });

  test('begin anew when work was found', () => {
    const backOff = new PollingBackOff(60_000, () => 0.5);
    for (let i = 0; i < 5; i++) backOff.next(false);
    expect(backOff.next(true)).toBe(100);
    expect(backOff.next(false)).toBe(200);
  });

  test('stay between the shortest and the longest, whatever the dice say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }))),
        fc.integer({ min: 100, max: 60_000 }),
        (steps, longest) => {
          let dice = 0;
          const backOff = new PollingBackOff(longest, () => dice);
          for (const [found, random] of steps) {
            dice = random;
            const wait = backOff.next(found);
            expect(wait).toBeGreaterThanOrEqual(100);
            expect(wait).toBeLessThanOrEqual(longest);
          }
        },
      ),
    );
  });
});
