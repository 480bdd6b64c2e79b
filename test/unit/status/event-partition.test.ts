import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
// The SDK's own hash: an independent implementation, not part of its public entry points.
import { hashPartitionKey } from '../../../node_modules/@azure/event-hubs/dist/esm/impl/partitionKeyToIdMapper.js';
import { eventPartition, hashToInt16 } from '../../../src/shared/status/event-partition.ts';

describe('the 16-bit hash', () => {
  test.each([
    ['7149583486996073602', 12_977],
    ['FWfAT', -22_341],
    ['sOdeEAsyQoEuEFPGerWO', -6503],
    ['!c*_!I@1^c', 15_372],
    ['p4*!jioeO/z-!-;w:dh', -3104],
  ])('of %s is the published %i', (key, hash) => {
    expect(hashToInt16(key)).toBe(hash);
  });

  test('equals that of the Event Hubs SDK for every ASCII key', () => {
    const key = fc.string({ unit: 'grapheme-ascii', maxLength: 130 });
    const agrees = fc.property(key, (text) => {
      expect(hashToInt16(text)).toBe(hashPartitionKey(text));
    });
    fc.assert(agrees, { numRuns: 2000 });
  });
});

describe('the partition of a device', () => {
  test('does not depend on the case of its id', () => {
    expect(eventPartition('Press-17', 32)).toBe(eventPartition('PRESS-17', 32));
  });

  test('is one of those that exist', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 128 }), fc.integer({ min: 1, max: 64 }), (id, count) => {
        const partition = eventPartition(id, count);
        expect(Number.isInteger(partition) && partition >= 0 && partition < count).toBe(true);
      }),
    );
  });

  test('spreads a fleet evenly', () => {
    const devices = Array.from({ length: 8000 }, (_, i) => eventPartition(`press-${i}`, 8));
    const sizes = Array.from({ length: 8 }, (_, p) => devices.filter((partition) => partition === p).length);
    expect(Math.min(...sizes)).toBeGreaterThan(850);
    expect(Math.max(...sizes)).toBeLessThan(1150);
  });

  test.each([0, -1, 1.5, Number.NaN, 32_768])('cannot be told for %d partitions', (count) => {
    expect(() => eventPartition('press-17', count)).toThrow(RangeError);
  });
});
