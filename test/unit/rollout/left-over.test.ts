import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConnectedDevice } from '../../../src/shared/rollout/device-connections.ts';
import { leftOverInputs, leftOverOf } from '../../../src/shared/rollout/left-over.ts';
import {
  advance,
  MAX_PAGES,
  MAX_PENDING,
  notBegun,
  type PendingListing,
} from '../../../src/shared/rollout/pending-listing.ts';
import { countsOf } from './rollout-at-hand.ts';

const now = new Date('2026-03-01T12:00:00Z');

describe('what is left over', () => {
  test('is each device that has no good end, in one number', () => {
    const counts = countsOf({
      Downloading: 3,
      Applying: 2,
      Succeeded: 80,
      AlreadyCurrent: 4,
      Failed: 5,
      Reverted: 1,
    });
    expect(leftOverOf(counts, 2, 100)).toEqual({ pending: 5, working: 3, stuck: 2, failed: 5, reverted: 1 });
  });

  test('is never negative, although hub and ledger count at different times', () => {
    expect(leftOverOf(countsOf({ Succeeded: 12 }), 3, 10)).toMatchObject({ pending: 0, working: 0 });
  });

  test('enters the journal with what the failed devices said, the most frequent first', () => {
    const group = { firstAt: '', lastAt: '', examples: [] };
    const groups = [
      { ...group, state: 'Failed' as const, reason: 'VerifyFailed', devices: 12 },
      { ...group, state: 'Reverted' as const, reason: '', devices: 9 },
      { ...group, state: 'Failed' as const, reason: '', devices: 2 },
      { ...group, state: 'Failed' as const, reason: 'x'.repeat(500), devices: 1 },
    ];
    const leftOver = leftOverOf(countsOf({ Failed: 15, Reverted: 9 }), 0, 30);
    expect(leftOverInputs(leftOver, { groups, others: 0, truncated: false })).toEqual({
      leftOverPending: 6,
      leftOverWorking: 0,
      leftOverStuck: 0,
      leftOverFailed: 15,
      leftOverReverted: 9,
      leftOverFailedBy: `VerifyFailed: 12, no reason given: 2, ${'x'.repeat(80)}: 1`,
    });
    expect(leftOverInputs(leftOver, { groups: [], others: 0, truncated: false })).not.toHaveProperty(
      'leftOverFailedBy',
    );
  });
});

const devices = (count: number): ConnectedDevice[] =>
  Array.from({ length: count }, (_, i) => ({
    deviceId: `d${i}`,
    kind: 'disconnected',
    lastActivityAt: undefined,
    currentVersion: undefined,
  }));
const after = (listing: PendingListing, pending: number, continuation?: string) =>
  advance(listing, { continuation }, devices(pending), now);

describe('the list of pending devices', () => {
  test('goes on where the hub said, and is whole after the last page', () => {
    const first = after(notBegun, 3, 'next');
    expect(first.listing).toEqual({ ...notBegun, continuation: 'next', pages: 1, devices: 3 });
    const last = after(first.listing, 2);
    expect(last).toMatchObject({ first: 3, listing: { devices: 5, pages: 2, truncated: false } });
    expect(last.listing.determinedAt).toBe(now.toISOString());
  });

  test('says so where it cannot hold all of them', () => {
    const nearlyFull = { ...notBegun, devices: MAX_PENDING - 2 };
    expect(after(nearlyFull, 2).listing).toMatchObject({ devices: MAX_PENDING, truncated: false });
    expect(after(nearlyFull, 3).listing).toMatchObject({ devices: MAX_PENDING, truncated: true });
    expect(after(nearlyFull, 2, 'next').listing).toMatchObject({
      truncated: true,
      determinedAt: now.toISOString(),
    });
    const manyPages = { ...notBegun, pages: MAX_PAGES - 1 };
    expect(after(manyPages, 0, 'next').listing).toMatchObject({ truncated: true, continuation: '' });
    expect(after(manyPages, 0).listing.truncated).toBe(false);
  });

  test('ends whatever the hub answers, and never holds more than it may', () => {
    const pages = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(pages, (sizes) => {
        let listing = notBegun;
        let total = 0;
        for (const [i, size] of sizes.entries()) {
          if (listing.determinedAt !== undefined) break;
          total += size;
          listing = after(listing, size, i === sizes.length - 1 ? undefined : `page ${i}`).listing;
        }
        expect(listing.determinedAt).toBeDefined();
        expect(listing.devices).toBeLessThanOrEqual(MAX_PENDING);
        expect(listing.truncated || listing.devices === total).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
