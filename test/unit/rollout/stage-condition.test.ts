import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matches } from '../../../local/iot-hub/query/evaluate.ts';
import { parseCondition } from '../../../local/iot-hub/query/expression-parser.ts';
import { BUCKETS, bucketsOf, isInWindow } from '../../../src/shared/rollout/bucket.ts';
import { parsePlan, type Plan } from '../../../src/shared/rollout/plan.ts';
import {
  NOBODY,
  stageCondition,
  stageReached,
  widen,
  widestWindow,
} from '../../../src/shared/rollout/stage-condition.ts';

function planOf(document: object): Plan {
  const parsed = parsePlan(JSON.stringify(document));
  if (!parsed.ok) throw new Error(`${parsed.path}: ${parsed.message}`);
  return parsed.plan;
}

/** Whether the hub's own query language selects a device by the condition. */
function selects(condition: string, tags: Record<string, string | number | { bucket: number }>): boolean {
  return matches(parseCondition(condition), { tags });
}

const ringed = planOf({
  targetCondition: "tags.site = 'a' OR tags.site = 'b'",
  stages: [{ where: "tags.ring = 'canary'" }, { percent: 10 }, { where: 'tags.ring = 1' }, { percent: 50 }],
});
const shares = planOf({ stages: [{ percent: 0.1 }, { percent: 10 }, { percent: 100 }] });

describe('the condition of a stage', () => {
  test('selects nobody before the first stage, as the condition of a stop does', () => {
    expect(stageCondition(shares, -1, 0, 17)).toBe(NOBODY);
    expect(selects(NOBODY, { ota: { bucket: 1 } })).toBe(false);
  });

  test('is a window of buckets', () => {
    expect(stageCondition(shares, 0, 10, 17)).toBe('(tags.ota.bucket >= 17 AND tags.ota.bucket < 27)');
  });

  test('goes on at bucket 0 after bucket 9999', () => {
    expect(stageCondition(shares, 0, 10, 9995)).toBe('(tags.ota.bucket >= 9995 OR tags.ota.bucket < 5)');
    expect(stageCondition(shares, 0, 10, 9990)).toBe('(tags.ota.bucket >= 9990 AND tags.ota.bucket < 10000)');
  });

  test('is the base condition alone for everybody, so that devices without a bucket are not left out', () => {
    expect(stageCondition(shares, 2, BUCKETS, 17)).toBe('*');
    expect(stageCondition(shares, 0, BUCKETS, 17)).toBe('*');
    expect(selects(stageCondition(shares, 2, BUCKETS, 17), {})).toBe(true);
    expect(selects(stageCondition(shares, 1, 1000, 17), {})).toBe(false);
  });

  test('keeps the stages before it, each within the base condition', () => {
    expect(stageCondition(ringed, 0, 0, 0)).toBe(
      "(tags.site = 'a' OR tags.site = 'b') AND ((tags.ring = 'canary'))",
    );
    const third = stageCondition(ringed, 2, 1000, 0);
    expect(selects(third, { site: 'a', ring: 'canary' })).toBe(true);
    expect(selects(third, { site: 'b', ring: 1 })).toBe(true);
    expect(selects(third, { site: 'b', ota: { bucket: 999 } })).toBe(true);
    expect(selects(third, { site: 'b', ota: { bucket: 1000 } })).toBe(false);
    expect(selects(third, { site: 'c', ring: 'canary', ota: { bucket: 0 } })).toBe(false);
  });

  test('never shrinks a share below its percentage, also where no width was kept for a where stage', () => {
    expect(stageCondition(ringed, 2, 0, 0)).toContain('tags.ota.bucket < 1000');
  });

  test('selects exactly the buckets of its window, and more from stage to stage', () => {
    const growing = fc.uniqueArray(fc.integer({ min: 1, max: BUCKETS - 1 }), { minLength: 2, maxLength: 4 });
    const cases = fc.tuple(growing, fc.nat(BUCKETS - 1), fc.nat(BUCKETS - 1));
    fc.assert(
      fc.property(cases, ([widths, start, bucket]) => {
        const sorted = widths.toSorted((a, b) => a - b);
        const plan = planOf({ stages: sorted.map((width) => ({ percent: (width * 100) / BUCKETS })) });
        const selected = sorted.map((width, stage) =>
          selects(stageCondition(plan, stage, width, start), { ota: { bucket } }),
        );
        expect(selected).toEqual(sorted.map((width) => isInWindow(bucket, width, start)));
        expect(selected).toEqual(selected.toSorted((a, b) => Number(a) - Number(b)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a window that holds too few devices', () => {
  test('doubles up to the whole fleet in at most 14 steps', () => {
    const widths = [bucketsOf(0.01)];
    while ((widths.at(-1) ?? BUCKETS) < BUCKETS) widths.push(widen(widths.at(-1) ?? 0));
    expect(widths.length - 1).toBe(14);
    expect(widths.at(-1)).toBe(BUCKETS);
    expect(widen(0)).toBe(1);
    expect(widen(BUCKETS)).toBe(BUCKETS);
  });

  test('that became everybody is the last stage', () => {
    expect(stageReached(shares, 0, BUCKETS)).toBe(2);
    expect(stageReached(shares, 0, BUCKETS - 1)).toBe(0);
    expect(stageReached(ringed, 0, BUCKETS)).toBe(0);
    expect(stageReached(ringed, 1, BUCKETS)).toBe(3);
  });

  test('stays short of a later share that a person has to approve', () => {
    const guarded = planOf({ stages: [{ percent: 1 }, { percent: 20, approval: true }, { percent: 100 }] });
    expect(widestWindow(guarded, 0)).toBe(1999);
    expect(widestWindow(guarded, 1)).toBe(BUCKETS);
    expect(widestWindow(shares, 0)).toBe(BUCKETS);
  });
});
