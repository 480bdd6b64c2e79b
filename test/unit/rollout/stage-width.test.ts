import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matches } from '../../../local/iot-hub/query/evaluate.ts';
import { parseCondition } from '../../../local/iot-hub/query/expression-parser.ts';
import { bucketOf, BUCKETS } from '../../../src/shared/rollout/bucket.ts';
import { stageCondition } from '../../../src/shared/rollout/stage-condition.ts';
import { stageWidth, TagsNotVisibleError } from '../../../src/shared/rollout/stage-width.ts';
import { planOf, recordOf } from './rollout-at-hand.ts';

/** A fleet that counts as the hub does: by the condition itself, over its devices' tags. */
class Fleet {
  readonly asked: string[] = [];
  readonly #twins: readonly { deviceId: string; tags: Record<string, string | { bucket: number }> }[];

  constructor(size: number, tagged = size) {
    this.#twins = Array.from({ length: size }, (_, i) => {
      const deviceId = `devkit-${i}`;
      const site = i % 10 === 0 ? 'a' : 'b';
      return { deviceId, tags: i < tagged ? { site, ota: { bucket: bucketOf(deviceId) } } : { site } };
    });
  }

  async count(condition: string): Promise<number> {
    this.asked.push(condition);
    if (condition === '*') return this.#twins.length;
    const expression = parseCondition(condition);
    return this.#twins.filter((twin) => matches(expression, twin)).length;
  }
}

const shares = (...percents: number[]) =>
  planOf({ stages: percents.map((percent) => ({ percent, minDevices: 5 })) });
const careful = shares(0.1, 1, 10, 50, 100);
const notOpen = { stage: -1, buckets: 0, windowStart: 9990 };

describe('the first stage', () => {
  test('of a large fleet is its share', async () => {
    const width = await stageWidth(new Fleet(20_000), { ...recordOf(), plan: careful, ...notOpen }, 0);
    expect(width).toMatchObject({ stage: 0, buckets: 10 });
    expect(width.targeted).toBeGreaterThanOrEqual(5);
    expect(width.targeted).toBeLessThan(50);
  });

  test('of a small fleet grows until it has enough devices, and half of it would not', async () => {
    for (const size of [20, 60, 200, 1000]) {
      const fleet = new Fleet(size);
      const { buckets, targeted } = await stageWidth(fleet, { ...recordOf(), plan: careful, ...notOpen }, 0);
      expect(targeted).toBeGreaterThanOrEqual(5);
      const half = stageCondition(careful, 0, buckets / 2, notOpen.windowStart);
      expect(await fleet.count(half)).toBeLessThan(5);
    }
  });

  test('of a fleet that is smaller than the need is everybody', async () => {
    const width = await stageWidth(new Fleet(4), { ...recordOf(), plan: careful, ...notOpen }, 0);
    expect(width.targeted).toBe(4);
  });

  test('asks the hub a few times, of the twenty that it allows in a minute', async () => {
    for (const size of [0, 1, 4, 20, 100, 1000, 5000, 20_000]) {
      const fleet = new Fleet(size);
      await stageWidth(fleet, { ...recordOf(), plan: careful, ...notOpen }, 0);
      expect(fleet.asked.length).toBeLessThanOrEqual(4);
    }
  });
});

describe('a later stage', () => {
  test('adds devices to those of the stages before', async () => {
    const fleet = new Fleet(200);
    const first = await stageWidth(fleet, { ...recordOf(), plan: careful, ...notOpen }, 0);
    const open = { ...notOpen, plan: careful, stage: first.stage, buckets: first.buckets };
    const second = await stageWidth(fleet, { ...recordOf(), ...open }, first.stage + 1);
    expect(second.buckets).toBeGreaterThan(first.buckets);
    expect(second.targeted - first.targeted).toBeGreaterThanOrEqual(5);
  });

  test('does not shrink what an earlier one had to widen', async () => {
    const open = { ...notOpen, plan: careful, stage: 0, buckets: 3000 };
    const width = await stageWidth(new Fleet(5000), { ...recordOf(), ...open }, 1);
    expect(width.buckets).toBeGreaterThanOrEqual(3000);
  });

  test('never grows into one that a person has to approve', async () => {
    const plan = planOf({
      stages: [{ percent: 1, minDevices: 1000 }, { percent: 20, approval: true }, { percent: 100 }],
    });
    const width = await stageWidth(new Fleet(500), { ...recordOf(), plan, ...notOpen }, 0);
    expect(width).toMatchObject({ stage: 0, buckets: 1999 });
  });

  test('that is everybody needs one count and no tag', async () => {
    const fleet = new Fleet(50, 0);
    const open = { ...notOpen, plan: shares(50, 100), stage: 0, buckets: 5000 };
    expect(await stageWidth(fleet, { ...recordOf(), ...open }, 1)).toMatchObject({ stage: 1, targeted: 50 });
    expect(fleet.asked).toEqual(['*']);
  });

  test('with a condition of its own keeps the window as it is', async () => {
    const plan = planOf({ stages: [{ where: "tags.site = 'a'" }, { percent: 100 }] });
    const width = await stageWidth(new Fleet(100), { ...recordOf(), plan, ...notOpen }, 0);
    expect(width).toEqual({ stage: 0, buckets: 0, targeted: 10 });
  });
});

describe('tags that the hub’s queries do not show yet', () => {
  test('open no stage', async () => {
    const fleet = new Fleet(5000, 100);
    await expect(stageWidth(fleet, { ...recordOf(), plan: shares(20, 100), ...notOpen }, 0)).rejects.toThrow(
      TagsNotVisibleError,
    );
  });

  test('are noticed before every width was counted', async () => {
    const fleet = new Fleet(5000, 0);
    const opening = stageWidth(fleet, { ...recordOf(), plan: careful, ...notOpen }, 0);
    await expect(opening).rejects.toThrow(TagsNotVisibleError);
    expect(fleet.asked.length).toBeLessThanOrEqual(6);
  });
});

test('whatever the fleet and the plan, a window has its share, and as many devices as asked for or everybody', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(400),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 9999 }),
      fc.nat(9999),
      async (size, minDevices, share, windowStart) => {
        const plan = planOf({ stages: [{ percent: share / 100, minDevices }, { percent: 100 }] });
        const rollout = { ...recordOf(), plan, ...notOpen, windowStart };
        const width = await stageWidth(new Fleet(size), rollout, 0);
        expect(width.buckets).toBeGreaterThanOrEqual(share);
        expect(width.buckets).toBeLessThanOrEqual(BUCKETS);
        expect(width.targeted >= Math.min(minDevices, size)).toBe(true);
        expect(width.stage).toBe(width.buckets === BUCKETS ? 1 : 0);
      },
    ),
    { numRuns: 200 },
  );
});
