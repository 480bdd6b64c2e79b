/** Nothing came back within the time that was given. */
export class NoAnswerError extends Error {
  readonly code = 'NO_ANSWER';

  constructor(what: string, milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s: ${what}`);
    this.name = 'NoAnswerError';
  }
}

/**
 * The result of `work`, but no later than `milliseconds` (then `NoAnswerError`) and no longer than until
 * `signal` is aborted (then its reason). For operations of the device SDK that may never call back.
 */
export async function settleWithin<T>(
  work: Promise<T>,
  what: string,
  milliseconds: number,
  signal: AbortSignal,
): Promise<T> {
  const { promise: given, release } = giveUp(what, milliseconds, signal);
  try {
    return await Promise.race([work, given]);
  } finally {
    release();
  }
}

/** Rejects at the end of the time or at the abort, whichever is first; `release` frees timer and listener. */
function giveUp(what: string, milliseconds: number, signal: AbortSignal) {
  const ended = new AbortController();
  const promise = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new NoAnswerError(what, milliseconds)), milliseconds);
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true, signal: ended.signal });
    ended.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    if (signal.aborted) abort();
  });
  return { promise, release: () => ended.abort() };
}
