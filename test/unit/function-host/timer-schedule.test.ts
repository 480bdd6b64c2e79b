import { describe, expect, test } from 'vitest';
import { isFasterThanAMinute, parseSchedule } from '../../../local/function-host/timer-schedule.ts';

const next = (schedule: string, after: string): string =>
  parseSchedule(schedule).next(new Date(after)).toISOString();

describe('timer schedules', () => {
  test.each([
    ['0 */5 * * * *', '2026-03-01T10:02:30Z', '2026-03-01T10:05:00.000Z'],
    ['*/10 * * * * *', '2026-03-01T10:02:30.500Z', '2026-03-01T10:02:40.000Z'],
    ['0 30 9 * * 1-5', '2026-03-06T10:00:00Z', '2026-03-09T09:30:00.000Z'],
    ['0 0 0 1 Jan *', '2026-03-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['*/5 * * * *', '2026-03-01T10:02:30Z', '2026-03-01T10:05:00.000Z'],
    ['00:10:00', '2026-03-01T10:02:30Z', '2026-03-01T10:12:30.000Z'],
  ])('%s after %s is %s, in UTC', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  test('an occurrence is not its own successor', () => {
    expect(next('0 */5 * * * *', '2026-03-01T10:05:00Z')).toBe('2026-03-01T10:10:00.000Z');
  });

  test('day of month and day of week have to fit both, as in NCRONTAB and unlike cron', () => {
    expect(next('0 0 0 13 * 5', '2026-03-01T00:00:00Z')).toBe('2026-03-13T00:00:00.000Z');
    expect(next('0 0 0 13 * 5', '2026-03-14T00:00:00Z')).toBe('2026-11-13T00:00:00.000Z');
  });

  test('what comes more often than once a minute is not monitored', () => {
    const now = new Date('2026-03-01T10:00:00Z');
    expect(isFasterThanAMinute(parseSchedule('*/30 * * * * *'), now)).toBe(true);
    expect(isFasterThanAMinute(parseSchedule('0 * * * * *'), now)).toBe(false);
  });

  test.each(['', 'every day', '* * *', '00:00:00', '99 * * * * *'])('%j is refused', (text) => {
    expect(() => parseSchedule(text)).toThrow(`The schedule "${text}"`);
  });
});
