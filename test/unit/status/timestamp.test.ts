import { expect, test } from 'vitest';
import { parseTimestamp } from '../../../src/shared/status/timestamp.ts';

test.each([
  ['2022-06-01T22:27:50.2612586Z', '2022-06-01T22:27:50.261Z'],
  ['2020-10-21T14:10:42.4171263+00:00', '2020-10-21T14:10:42.417Z'],
  ['2020-10-21T16:10:42+02:00', '2020-10-21T14:10:42.000Z'],
  ['2019-11-27T02:47:47.0000000Z', '2019-11-27T02:47:47.000Z'],
  ['2018-07-31T13:30:49Z', '2018-07-31T13:30:49.000Z'],
  ['2026-03-01T10:00:02.5', '2026-03-01T10:00:02.500Z'],
  [1_614_592_800_000, '2021-03-01T10:00:00.000Z'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
])('%s is %s', (value, time) => {
  expect(parseTimestamp(value)).toBe(time);
});

test.each(['', 'now', '2026-13-01T00:00:00Z', '2026-03-01', Number.NaN, -1, 1e20, null, undefined, {}])(
  '%s is no time',
  (value) => {
    expect(parseTimestamp(value)).toBeUndefined();
  },
);
