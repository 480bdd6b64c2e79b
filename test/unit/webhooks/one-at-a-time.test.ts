import { describe, expect, test } from 'vitest';
import { oneAtATime } from '../../../src/shared/webhooks/one-at-a-time.ts';

/** A task whose runs end when they are told to. */
function steered() {
  const runs: { readonly given: string; readonly end: () => void; readonly fail: (error: Error) => void }[] =
    [];
  const ask = oneAtATime<string>(
    async (given) =>
      new Promise<void>((resolve, reject) => {
        runs.push({ given, end: resolve, fail: reject });
      }),
  );
  return { runs, ask, given: () => runs.map((run) => run.given) };
}
/** Everything that is due has happened. */
const settled = async () => new Promise((resolve) => setImmediate(resolve));

describe('a task that runs one at a time', () => {
  test('begins at once where none runs', async () => {
    const { runs, ask } = steered();
    const asked = ask('a');
    await settled();
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await asked;
  });

  test('runs once more for all who ask meanwhile, after the one that they may have been too late for', async () => {
    const { runs, ask, given } = steered();
    const first = ask('a');
    await settled();
    const others = Promise.all([ask('b'), ask('c'), ask('d')]);
    await settled();
    expect(given()).toEqual(['a']);
    runs[0]?.end();
    await first;
    await settled();
    expect(given()).toEqual(['a', 'b']);
    const late = ask('e');
    runs[1]?.end();
    await others;
    await settled();
    expect(given()).toEqual(['a', 'b', 'e']);
    runs[2]?.end();
    await late;
  });

  test('fails for those who shared the run, and for nobody else', async () => {
    const { runs, ask } = steered();
    const first = ask('a');
    await settled();
    const second = ask('b');
    runs[0]?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    runs[1]?.end();
    await expect(second).resolves.toBeUndefined();
  });
});
