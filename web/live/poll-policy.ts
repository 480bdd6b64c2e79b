/** When to ask again. Milliseconds. */
export const VISIBLE_MS = 5000;
export const HIDDEN_MS = 60_000;
const LONGEST_MS = 60_000;

export interface PollState {
  /** Failed requests since the last good one. */
  readonly failures: number;
  readonly hidden: boolean;
  /** What the last answer asked for (`Retry-After`). */
  readonly retryAfterMs?: number | undefined;
}

/**
 * How long to wait before the next request: 5 s, a minute while nobody looks, and after failures twice as
 * long each time, so that an app that is in trouble is not asked more for it. Never sooner than it asked for.
 */
export function nextPollMs({ failures, hidden, retryAfterMs = 0 }: PollState): number {
  const usual = hidden ? HIDDEN_MS : VISIBLE_MS;
  const backedOff = failures === 0 ? usual : Math.min(LONGEST_MS, VISIBLE_MS * 2 ** (failures - 1));
  return Math.max(usual, backedOff, retryAfterMs);
}
