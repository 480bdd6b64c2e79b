import type { LiveState } from '../live/live-source.ts';
import { isPassing, kindOf } from '../live/problem-kind.ts';

/** What the line at the top says of the data on the page. */
export type Connection =
  | { readonly kind: 'idle' }
  | { readonly kind: 'live'; readonly confirmedAt: number }
  | {
      readonly kind: 'lost';
      readonly reason: string;
      readonly confirmedAt: number | undefined;
      readonly nextAt: number | undefined;
    };

/**
 * The page is as fresh as the oldest thing on it, and lost when any of it could not be had. Refusals of the app
 * itself (no key, not there) are shown in their place and are no lost connection.
 */
export function connectionOf(states: readonly LiveState<unknown>[]): Connection {
  const confirmed = states.flatMap(({ confirmedAt }) => (confirmedAt === undefined ? [] : [confirmedAt]));
  const confirmedAt = confirmed.length === 0 ? undefined : Math.min(...confirmed);
  const lost = states.filter(({ problem }) => problem && isPassing(kindOf(problem)));
  const first = lost[0]?.problem;
  if (first) {
    const next = lost.flatMap(({ nextAt }) => (nextAt === undefined ? [] : [nextAt]));
    const nextAt = next.length === 0 ? undefined : Math.min(...next);
    return { kind: 'lost', reason: first.message, confirmedAt, nextAt };
  }
  return confirmedAt === undefined ? { kind: 'idle' } : { kind: 'live', confirmedAt };
}
