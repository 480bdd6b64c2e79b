/** In the order of `Date.getUTCDay`. */
export const weekdays = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * When stages may open, in UTC. `from` and `to` are `HH:MM`; `from` belongs to the window and `to` does
 * not. Where `to` is not later than `from` the window reaches into the next day and belongs to the day on
 * which it begins; equal times make 24 hours.
 */
export interface RolloutWindow {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;

/** Whether stages may open at this moment. */
export function isWindowOpen(window: RolloutWindow, now: Date): boolean {
  return spansAround(window, now).some(({ from, to }) => from <= now.getTime() && now.getTime() < to);
}

/** When a closed window opens next; where it is open, when it opens after that. */
export function nextOpening(window: RolloutWindow, now: Date): Date {
  const openings = spansAround(window, now).map(({ from }) => from);
  return new Date(Math.min(...openings.filter((from) => from > now.getTime())));
}

/** Its spans from the day before to the same weekday of the next week, in milliseconds since the epoch. */
function spansAround(window: RolloutWindow, now: Date): { from: number; to: number }[] {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const days = Array.from({ length: 9 }, (_, i) => today + (i - 1) * DAY_MS);
  return days
    .filter((day) => window.days.some((name) => name === weekdays[new Date(day).getUTCDay()]))
    .map((day) => {
      const from = day + millisecondsOf(window.from);
      const to = day + millisecondsOf(window.to);
      return { from, to: to > from ? to : to + DAY_MS };
    });
}

function millisecondsOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * 60_000;
}
