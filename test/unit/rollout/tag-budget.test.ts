import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTurn } from '../../../src/shared/rollout/tag-budget.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');

describe('a turn of the tag budget', () => {
  test('is now where nobody has written for a while', () => {
    expect(nextTurn(0, NOW, 20, 20)).toEqual({ startsAt: NOW, freeAt: NOW + 1000 });
    expect(nextTurn(NOW - 1, NOW, 1, 20)).toEqual({ startsAt: NOW, freeAt: NOW + 50 });
  });

  test('is after those that are reserved already', () => {
    expect(nextTurn(NOW + 3000, NOW, 20, 20)).toEqual({ startsAt: NOW + 3000, freeAt: NOW + 4000 });
  });

  test('does not wait for one that only a wrong clock can have reserved', () => {
    expect(nextTurn(NOW + 365 * 24 * 3_600_000, NOW, 20, 20).startsAt).toBe(NOW);
  });

  test('never lets more through than the rate, however many ask and when', () => {
    const asked = fc.array(fc.record({ after: fc.nat(1500), updates: fc.integer({ min: 1, max: 60 }) }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 60 }), (questions, rate) => {
        let [now, freeAt, written] = [NOW, 0, 0];
        const allowed: [number, number][] = [];
        for (const { after, updates } of questions) {
          now += after;
          const turn = nextTurn(freeAt, now, updates, rate);
          if (turn.startsAt - now > 60_000) continue;
          freeAt = turn.freeAt;
          allowed.push([turn.startsAt, updates]);
        }
        for (const [startsAt, updates] of allowed) {
          // What was written before a turn had its time before it.
          expect(written).toBeLessThanOrEqual(((startsAt - NOW) / 1000) * rate);
          written += updates;
        }
      }),
    );
  });
});
