import { describe, expect, test } from 'vitest';
import {
  delayBeforeRetry,
  readRetryPolicy,
  runWithRetries,
} from '../../../local/function-host/retry-policy.ts';

const never = new AbortController().signal;

describe('retry policies', () => {
  test('fixed delay: the same wait, until the retries are used up', () => {
    const policy = readRetryPolicy({
      retryStrategy: 'fixedDelay',
      maxRetryCount: 2,
      delayInterval: { seconds: 3 },
    });
    expect([1, 2, 3].map((retry) => delayBeforeRetry(policy, retry))).toEqual([3000, 3000, undefined]);
  });

  test('exponential backoff: doubling from the minimum to the maximum, -1 without end', () => {
    const policy = readRetryPolicy({
      retryStrategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 5 },
    });
    expect([1, 2, 3, 4, 1000].map((retry) => delayBeforeRetry(policy, retry))).toEqual([
      1000, 2000, 4000, 5000, 5000,
    ]);
  });

  test('without a policy there is one attempt and no retry context', async () => {
    const seen: unknown[] = [];
    const result = await runWithRetries({ kind: 'none' }, never, async (context) => {
      seen.push(context);
      throw new Error('once');
    });
    expect(result).toEqual({ outcome: 'failed', error: new Error('once') });
    expect(seen).toEqual([undefined]);
  });

  test('a wait that the host interrupts is neither success nor failure', async () => {
    const stopping = new AbortController();
    const policy = { kind: 'fixedDelay', maxRetryCount: -1, delayMs: 3_600_000 } as const;
    const result = runWithRetries(policy, stopping.signal, async () => {
      stopping.abort();
      throw new Error('passing');
    });
    expect(await result).toEqual({ outcome: 'interrupted' });
  });

  test('an unknown strategy and a missing delay are refused', () => {
    expect(() => readRetryPolicy({ retryStrategy: 'hope' })).toThrow('"hope" is not known');
    expect(() => readRetryPolicy({ retryStrategy: 'fixedDelay', maxRetryCount: 1 })).toThrow(
      'no delayInterval',
    );
  });
});
