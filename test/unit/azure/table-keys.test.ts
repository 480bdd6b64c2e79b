import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeKeyPart, encodeKeyPart, prefixFilter } from '../../../src/shared/azure/table-keys.ts';

const deviceId = fc.string({
  unit: fc.constantFrom(...'ABZab01-.+%_#*?!(),:=@$'.split(''), "'"),
  minLength: 1,
  maxLength: 128,
});

describe('a part of a table key', () => {
  test.each([
    ['press-17', 'press-17'],
    ['a#b?c', 'a~23b~3fc'],
    ["it's 100%", 'it~27s~20100~25'],
    ['~|/\\', '~7e~7c~2f~5c'],
    ['é', '~c3~a9'],
  ])('made of %s is %s', (text, part) => {
    expect(encodeKeyPart(text)).toBe(part);
  });

  test('gives back any text that it was made of', () => {
    const text = fc.oneof(deviceId, fc.string({ unit: 'grapheme', maxLength: 60 }));
    const reversible = fc.property(text, (original) => {
      expect(decodeKeyPart(encodeKeyPart(original))).toBe(original);
    });
    fc.assert(reversible);
  });

  test('holds nothing that a key may not, and a device id of the greatest length fits', () => {
    const legal = fc.property(deviceId, (id) => {
      expect(encodeKeyPart(id)).toMatch(/^[A-Za-z0-9._~-]{1,384}$/);
    });
    fc.assert(legal);
  });

  test('is another one for another device, whatever their case', () => {
    expect(encodeKeyPart('Press')).not.toBe(encodeKeyPart('press'));
  });
});

test('a filter quotes its keys', () => {
  expect(prefixFilter("it's|000", 'd|')).toBe(
    "PartitionKey eq 'it''s|000' and RowKey gt 'd|' and RowKey lt 'd}'",
  );
});
