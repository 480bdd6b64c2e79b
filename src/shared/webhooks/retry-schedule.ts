/** What the next attempt is to be, after one that failed. */
export type NextAttempt =
  | { readonly kind: 'after'; readonly seconds: number }
  | { readonly kind: 'exhausted' };

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** The waits that Standard Webhooks advises, in seconds: ten attempts in a little more than three days. */
export const RETRY_WAITS = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** A wait is up to so much longer, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A receiver may ask for a longer wait, but not for ever. */
export const LONGEST_WAIT = 24 * HOUR;

/**
 * When to try again after the attempt of this number (1 for the first) has failed. `random` is from 0 to 1,
 * `retryAfter` what the receiver asked for, in seconds. Pure.
 */
export function nextAttempt(attempt: number, retryAfter: number | undefined, random: number): NextAttempt {
  const planned = RETRY_WAITS[attempt - 1];
  if (planned === undefined) return { kind: 'exhausted' };
  const asked = Math.min(retryAfter ?? 0, LONGEST_WAIT);
  return { kind: 'after', seconds: Math.ceil(Math.max(planned * (1 + JITTER * random), asked)) };
}

/** The seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3): a number of them, or a date. */
export function retryAfterSeconds(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  // A parser of dates takes nearly everything for one.
  const date = /^[A-Za-z]{3,9}, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}
