import { beforeAll, describe, expect, test } from 'vitest';
import { benchExposure } from '../../../bench/exposure.ts';
import { type Figure, isReached } from '../../../bench/figure.ts';
import { simulateRollout, type SimulatedView } from '../../../bench/simulated-rollout.ts';
import { seededRandom } from '../../../local/devkit/seeded-random.ts';

describe('a simulated rollout', () => {
  const buckets = Array.from({ length: 10_000 }, (_, bucket) => bucket);

  test('offers the devices of its window, and five at least', () => {
    const offered = (width: number) =>
      simulateRollout({ widths: [width], minDevices: 5, next: () => 'stop' }, buckets, 0, seededRandom(1))
        .offered;
    expect([offered(100), offered(2), offered(10_000)]).toEqual([100, 8, 10_000]);
  });

  test('ends with each device where it belongs: succeeded, failed or silent', () => {
    const seen: SimulatedView[] = [];
    const next = (view: SimulatedView) => {
      seen.push(structuredClone(view));
      return view.stage === 0 && view.now === 10 ? ('open' as const) : ('wait' as const);
    };
    const rule = { widths: [1000, 10_000], minDevices: 0, next };
    const outcome = simulateRollout(rule, buckets, 0.2, seededRandom(2));
    const last = seen.at(-1);
    expect(outcome.end).toBe('everybody');
    expect(last?.groups.map(({ offered }) => offered)).toEqual([1000, 9000]);
    expect(last?.evidence).toMatchObject({ targeted: 9000, targetedInAll: 10_000, working: 0 });
    // 95 % answer, 20 % of them with a failure: more than four standard deviations of room.
    expect(last?.evidence.endedInAll).toBeGreaterThan(9400);
    expect(last?.evidence.endedInAll).toBeLessThan(9600);
    expect(outcome.failed).toBeGreaterThan(1730);
    expect(outcome.failed).toBeLessThan(2070);
    expect(Math.max(...seen.map(({ evidence }) => evidence.working))).toBeGreaterThan(4000);
  });
});

describe('the exposure bench', () => {
  let figures: readonly Figure[] = [];
  beforeAll(async () => {
    figures = (await benchExposure({ quick: true })).figures;
  });
  const value = (name: string) => figures.find(({ figure }) => figure === name)?.value ?? Number.NaN;

  test('reaches its goal', () => {
    const goals = figures.filter(({ goal }) => goal !== undefined);
    expect(goals.map(({ figure }) => figure)).toEqual([
      'careful, fails on 100 %: offered, 95 of 100 runs at most',
    ]);
    expect(goals.map(isReached)).toEqual([true]);
  });

  test('shows what the rule of one group without a smallest sample costs', () => {
    expect(value("hawkBit's rule, one group, fails on 12 %: failed")).toBeGreaterThan(1000);
    expect(value('careful, fails on 5 %: stopped by mistake')).toBeLessThan(
      value("hawkBit's rule, same stages, fails on 5 %: stopped by mistake"),
    );
  });
});
