import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcRetryContext, RpcRetryOptions } from './core-contract.ts';

/** A function's retry policy; `maxRetryCount` -1 is without limit, times in milliseconds. */
export type RetryPolicy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixedDelay'; readonly maxRetryCount: number; readonly delayMs: number }
  | {
      readonly kind: 'exponentialBackoff';
      readonly maxRetryCount: number;
      readonly minimumMs: number;
      readonly maximumMs: number;
    };

/** How a run with retries ended; `interrupted` is neither success nor failure: the host is stopping. */
export type RetryOutcome =
  | { readonly outcome: 'succeeded' }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'interrupted' };

/** A retry policy that the host does not know, or one without its delays. */
export class RetryPolicyError extends Error {
  readonly code = 'RETRY_POLICY_INVALID';
  constructor(message: string) {
    super(message);
    this.name = 'RetryPolicyError';
  }
}

/** The policy that the app registered. Throws a RetryPolicyError. */
export function readRetryPolicy(options: RpcRetryOptions | undefined): RetryPolicy {
  if (options === undefined) return { kind: 'none' };
  const maxRetryCount = options.maxRetryCount ?? -1;
  switch (options.retryStrategy) {
    case 'fixedDelay':
      return {
        kind: 'fixedDelay',
        maxRetryCount,
        delayMs: milliseconds(options.delayInterval, 'delayInterval'),
      };
    case 'exponentialBackoff':
      return {
        kind: 'exponentialBackoff',
        maxRetryCount,
        minimumMs: milliseconds(options.minimumInterval, 'minimumInterval'),
        maximumMs: milliseconds(options.maximumInterval, 'maximumInterval'),
      };
    default:
      throw new RetryPolicyError(`The retry strategy "${options.retryStrategy}" is not known.`);
  }
}

/**
 * Milliseconds to wait before retry number `retry` (1 is the first), or `undefined` where the policy
 * gives up. The exponential one doubles; Azure adds some randomness, which a local host has no use for.
 */
export function delayBeforeRetry(policy: RetryPolicy, retry: number): number | undefined {
  if (policy.kind === 'none') return undefined;
  if (policy.maxRetryCount !== -1 && retry > policy.maxRetryCount) return undefined;
  switch (policy.kind) {
    case 'fixedDelay':
      return policy.delayMs;
    case 'exponentialBackoff':
      return Math.min(policy.maximumMs, policy.minimumMs * 2 ** (retry - 1));
  }
}

/**
 * Runs `attempt` until it succeeds, the policy gives up, or `signal` aborts the wait between two
 * attempts. The first attempt has a retry context too (count 0) where a policy is set: Microsoft's
 * samples read it there.
 */
export async function runWithRetries(
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: (retryContext: RpcRetryContext | undefined) => Promise<unknown>,
): Promise<RetryOutcome> {
  let lastError: unknown;
  for (let retry = 0; ; retry++) {
    try {
      await attempt(retryContext(policy, retry, lastError));
      return { outcome: 'succeeded' };
    } catch (error) {
      lastError = error;
    }
    const delay = delayBeforeRetry(policy, retry + 1);
    if (delay === undefined) return { outcome: 'failed', error: lastError };
    if (!(await waited(delay, signal))) return { outcome: 'interrupted' };
  }
}

/** Waits `ms`; false where `signal` ended the wait. */
export async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

function retryContext(policy: RetryPolicy, retryCount: number, error: unknown): RpcRetryContext | undefined {
  if (policy.kind === 'none') return undefined;
  const context: RpcRetryContext = { retryCount, maxRetryCount: policy.maxRetryCount };
  if (retryCount === 0) return context;
  const message = error instanceof Error ? error.message : String(error);
  const stackTrace = error instanceof Error ? (error.stack ?? '') : '';
  return { ...context, exception: { message, source: '', stackTrace } };
}

function milliseconds(duration: { seconds?: number } | undefined, name: string): number {
  if (duration?.seconds === undefined) throw new RetryPolicyError(`The retry policy has no ${name}.`);
  return duration.seconds * 1000;
}
