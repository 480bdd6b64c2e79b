import { Cron } from 'croner';
import { parseTimeSpan } from './time-span.ts';

export interface TimerSchedule {
  /** The first occurrence strictly after `moment`. */
  next(moment: Date): Date;
}

/** A schedule that is neither NCRONTAB nor a time span, or that never comes. */
export class ScheduleError extends Error {
  readonly code = 'SCHEDULE_INVALID';
  constructor(text: string, cause?: unknown) {
    super(
      `The schedule "${text}" is not NCRONTAB ({second} {minute} {hour} {day} {month} {day of week}) nor a time span (hh:mm:ss).`,
      { cause },
    );
    this.name = 'ScheduleError';
  }
}

/**
 * NCRONTAB in UTC, Azure's default time zone, or a time span counted from the moment asked about.
 * NCRONTAB wants day of month and day of week both to fit, where cron takes either.
 */
export function parseSchedule(text: string): TimerSchedule {
  const interval = parseTimeSpan(text);
  if (interval !== undefined && interval > 0)
    return { next: (moment) => new Date(moment.getTime() + interval) };
  const cron = parseCron(text);
  return {
    next: (moment) => {
      const next = cron.nextRun(moment);
      if (next === null) throw new ScheduleError(text);
      return next;
    },
  };
}

/** True where two occurrences are less than a minute apart: Azure keeps no status for those. */
export function isFasterThanAMinute(schedule: TimerSchedule, now: Date): boolean {
  const first = schedule.next(now);
  return schedule.next(first).getTime() - first.getTime() < 60_000;
}

function parseCron(text: string): Cron {
  try {
    return new Cron(text, { mode: '5-or-6-parts', timezone: 'UTC', domAndDow: true, paused: true });
  } catch (cause) {
    throw new ScheduleError(text, cause);
  }
}
