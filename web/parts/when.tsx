import { useNow } from '../live/clock.ts';
import { ago, clock } from '../words/times.ts';

/** A point of time: how long ago it was, or its clock time, with the exact one as a tool tip. */
export function When({ time, as = 'ago' }: { time: string; as?: 'ago' | 'clock' }) {
  const now = useNow();
  return (
    <time dateTime={time} title={new Date(time).toLocaleString()} class="when">
      {as === 'ago' ? ago(time, now) : clock(time, now)}
    </time>
  );
}
