import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idBatches } from '../../../src/shared/rollout/device-connections.ts';
import type { KnownConnection } from '../../../src/shared/rollout/diagnosis.ts';
import { QUERIES_A_MINUTE, spend } from '../../../src/shared/rollout/hub-query-budget.ts';
import { questions } from '../../../src/shared/rollout/stuck-questions.ts';

const now = new Date('2026-03-01T12:00:00Z');
const since = '2026-03-01T11:00:00.000Z';
const stuck = (deviceId: string) => ({ deviceId, state: 'Downloading', since });
const asked = (minutesAgo: number, change: Partial<KnownConnection> = {}): KnownConnection => ({
  kind: 'connected',
  lastActivityAt: undefined,
  state: 'Downloading',
  since,
  askedAt: new Date(now.getTime() - minutesAgo * 60_000).toISOString(),
  ...change,
});
const idsOf = (devices: readonly { deviceId: string }[]) => devices.map(({ deviceId }) => deviceId);

describe('the hub is asked about', () => {
  test('devices of whom nothing is known first, then those whose answer is the oldest', () => {
    const known = new Map([
      ['a', asked(11)],
      ['b', asked(30)],
    ]);
    expect(idsOf(questions([stuck('a'), stuck('b'), stuck('c')], known, now).ask)).toEqual(['c', 'b', 'a']);
  });

  test('nobody again within ten minutes, unless it went on and is stuck in another state', () => {
    const known = new Map([
      ['a', asked(9)],
      ['b', asked(1, { state: 'Applying' })],
      ['c', asked(1, { since: '2026-03-01T10:00:00.000Z' })],
    ]);
    expect(idsOf(questions([stuck('a'), stuck('b'), stuck('c')], known, now).ask)).toEqual(['b', 'c']);
    expect(idsOf(questions([stuck('a')], new Map([['a', asked(10)]]), now).ask)).toEqual(['a']);
  });

  test('and those that went on are forgotten', () => {
    const known = new Map([
      ['a', asked(1)],
      ['gone', asked(1)],
    ]);
    expect(questions([stuck('a')], known, now)).toEqual({ ask: [], forget: ['gone'] });
  });
});

test('ids are asked for in batches that a query holds, each once and in their order', () => {
  const id = fc.string({
    unit: fc.constantFrom(..."a Z 0 9 - . % _ # * ? ! ( ) , : = @ $ '".split(' ')),
    minLength: 1,
    maxLength: 128,
  });
  fc.assert(
    fc.property(fc.array(id, { maxLength: 600 }), (ids) => {
      const batches = idBatches(ids);
      expect(batches.flat()).toEqual(ids);
      for (const batch of batches) {
        const text = batch.map((one) => `"${one}"`).join(',');
        expect(text.length).toBeLessThanOrEqual(7900);
        expect(batch.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 50 },
  );
  expect(idBatches(Array.from({ length: 1200 }, (_, i) => `d${i}`)).map((batch) => batch.length)).toEqual([
    500, 500, 200,
  ]);
});

describe('the budget of a minute', () => {
  test('is so many queries, and full again in the next one', () => {
    let spent: ReturnType<typeof spend>;
    for (let i = 0; i < QUERIES_A_MINUTE; i++) {
      spent = spend(spent, now);
      expect(spent?.used).toBe(i + 1);
    }
    expect(spend(spent, now)).toBeUndefined();
    expect(spend(spent, new Date(now.getTime() + 60_000))?.used).toBe(1);
  });

  test('holds for a clock that is a little behind, and is not lost to one that is far ahead', () => {
    const minute = Math.floor(now.getTime() / 60_000);
    expect(spend({ minute: minute + 1, used: QUERIES_A_MINUTE }, now)).toBeUndefined();
    expect(spend({ minute: minute + 1_000_000, used: QUERIES_A_MINUTE }, now)).toEqual({ minute, used: 1 });
  });
});
