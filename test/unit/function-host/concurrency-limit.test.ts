import { expect, test } from 'vitest';
import { concurrencyLimit } from '../../../local/function-host/concurrency-limit.ts';

test('never more than the limit at once, all of them in the end, failures included', async () => {
  const limit = concurrencyLimit(3);
  let running = 0;
  let highest = 0;
  const work = async (index: number): Promise<number> => {
    running++;
    highest = Math.max(highest, running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (index % 4 === 0) throw new Error('one of many');
    return index;
  };
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => limit(() => work(index))),
  );
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(5);
  expect(highest).toBe(3);
  expect(running).toBe(0);
});
