import { describe, expect, test } from 'vitest';
import { LateAnswerError, within } from '../../../src/shared/http/within.ts';

describe('an answer that is waited for', () => {
  test('is given where it comes in time, and so is its fault', async () => {
    expect(await within(60_000, Promise.resolve(7))).toBe(7);
    await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  test('is given up after its time', async () => {
    const never = new Promise<number>(() => undefined);
    await expect(within(1, never)).rejects.toThrow(LateAnswerError);
  });
});
