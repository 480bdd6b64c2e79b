import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceFilters, filtersInWords } from '../../../web/words/device-filters.ts';
import { healthInWords } from '../../../web/words/health.ts';
import { bytes, counted, share } from '../../../web/words/numbers.ts';
import { ago, duration, withLocalTimes } from '../../../web/words/times.ts';

describe('numbers', () => {
  test.each([
    [0, 0, '0 %'],
    [0, 5, '0 %'],
    [5, 5, '100 %'],
    [1, 3, '33 %'],
    [1, 40, '2.5 %'],
    [1, 100_000, '<0.1 %'],
    [99_999, 100_000, '99.9 %'],
    [996, 1000, '99.6 %'],
  ])('%i of %i is %s', (part, all, expected) => {
    expect(share(part, all)).toBe(expected);
  });

  test('a share says nothing and everything only where that is so', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 1e6 }), (all, part) => {
        fc.pre(part <= all);
        expect(share(part, all) === '0 %').toBe(part === 0);
        expect(share(part, all) === '100 %').toBe(part === all);
      }),
    );
  });

  test('one is singular, and thousands are grouped', () => {
    expect([counted(1, 'device'), counted(0, 'device'), counted(12_345, 'device')]).toEqual([
      '1 device',
      '0 devices',
      '12,345 devices',
    ]);
    expect([bytes(900), bytes(586_000), bytes(1_500_000)]).toEqual(['900 B', '572 KB', '1.4 MB']);
  });
});

describe('times', () => {
  test.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 d'],
    [273_600_000, '3 d 4 h'],
  ])('%i ms last %s', (ms, expected) => {
    expect(duration(ms)).toBe(expected);
  });

  test.each([
    ['2026-03-01T10:00:00Z', 'now'],
    ['2026-03-01T09:59:20Z', '40 s ago'],
    ['2026-03-01T09:00:00Z', '1 h ago'],
    ['2026-02-27T10:00:00Z', '2 d ago'],
    ['2026-03-01T10:03:00Z', 'in 3 min'],
  ])('at ten, %s is %s', (time, expected) => {
    expect(ago(time, Date.parse('2026-03-01T10:00:00Z'))).toBe(expected);
  });

  test('the times in a sentence of the app become those of the reader', () => {
    const now = Date.parse('2026-03-01T10:00:00Z');
    const told = withLocalTimes('the soak time ends at 2026-03-01T10:05:00.000Z', now);
    expect(told).toMatch(/^the soak time ends at (?:\d+ \w+, )?\d\d:\d\d(?::\d\d)?$/);
  });
});

describe('health', () => {
  test('names what does not answer and why', () => {
    const checks = { tables: { ok: true }, iotHub: { ok: false, reason: 'no answer within 5000 ms' } };
    expect(healthInWords({ ready: false, checks })).toEqual({
      tone: 'bad',
      text: 'Not answering: IoT Hub (no answer within 5000 ms)',
    });
  });

  test.each([
    [0, 'good', 'All services answer'],
    [1, 'good', 'All services answer; 1 report on the way'],
    [5000, 'warn', 'All services answer; 5,000 reports not yet recorded'],
  ])('with %i reports waiting it is %s', (lag, tone, text) => {
    expect(healthInWords({ ready: true, checks: { twinEvents: { ok: true, lag } } })).toEqual({ tone, text });
  });
});

test.each([
  ['state=Failed&reason=VerifyFailed', { state: 'Failed', reason: 'VerifyFailed' }],
  ['stuck=true', { stuck: 'true' }],
  ['state=Nonsense&stuck=perhaps&reason=', {}],
  ['state=Pending', {}],
])('of the address %s the API is asked for %j', (query, expected) => {
  expect(deviceFilters(new URLSearchParams(query))).toEqual(expected);
});

test('filters are told in words', () => {
  expect(filtersInWords({})).toBe('Devices: all.');
  expect(filtersInWords({ state: 'Failed', reason: 'VerifyFailed' })).toBe(
    'Devices: failed, with the reason VerifyFailed.',
  );
});
