import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, BUCKETS, bucketsOf, isInWindow, windowStart } from '../../../src/shared/rollout/bucket.ts';

test('a bucket stays what it was: known answers', () => {
  // Computed with `printf %s ID | sha256sum`, the first eight digits modulo 10000.
  expect(['devkit-001', 'devkit-002', '', 'gerät#1'].map(bucketOf)).toEqual([1944, 4833, 2610, 5348]);
});

test('devices spread evenly over the buckets, whatever their ids look like', () => {
  const series = ['devkit-', 'AZ3166_c89346', '0', 'factory/line-7?unit='];
  for (const prefix of series) {
    const groups = Array.from({ length: 100 }, () => 0);
    for (let i = 0; i < 50_000; i++) {
      const group = Math.floor(bucketOf(`${prefix}${i}`) / 100);
      groups[group] = (groups[group] ?? 0) + 1;
    }
    const chiSquare = groups.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    // 99 degrees of freedom: a fair spread exceeds 160 once in 10,000 times, and the ids here are fixed.
    expect(chiSquare).toBeLessThan(160);
  }
});

test('every bucket is used', () => {
  const seen = new Set(Array.from({ length: 200_000 }, (_, i) => bucketOf(`devkit-${i}`)));
  expect(seen.size).toBe(BUCKETS);
});

test('a release begins at the bucket that its hash says', () => {
  expect(windowStart('00002710'.padEnd(64, 'f'))).toBe(0);
  expect(windowStart('0000270f'.padEnd(64, '0'))).toBe(9999);
  expect(windowStart('ffffffff'.padEnd(64, '0'))).toBe(0xffffffff % BUCKETS);
});

test('0.01 % of the fleet is one bucket, 100 % are all', () => {
  expect([0.01, 0.07, 0.1, 1, 33.33, 100].map(bucketsOf)).toEqual([1, 7, 10, 100, 3333, 10_000]);
});

test('a window holds as many buckets as it is wide, from its start on and over the end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: BUCKETS }), fc.nat(BUCKETS - 1), (buckets, start) => {
      const held = Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) =>
        isInWindow(bucket, buckets, start),
      );
      expect(held).toHaveLength(buckets);
      expect(held).toContain(start);
      expect(held).toContain((start + buckets - 1) % BUCKETS);
    }),
    { numRuns: 50 },
  );
});
