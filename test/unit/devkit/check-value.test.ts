import { describe, expect, it } from 'vitest';
import { parseCheckValue } from '../../../local/devkit/check-value.ts';

describe('the reading of a desired check value', () => {
  it.each(['d075', 'D075', '0xd075', '0XD075', ' d075', 'd075\n', '0d075', '000d075', '+d075', 'd075zz'])(
    'takes %j for 0xd075',
    (text) => {
      expect(parseCheckValue(text)).toBe(0xd075);
    },
  );

  it.each([
    ['', 0],
    ['zz', 0],
    ['0x', 0],
    ['0xzz', 0],
    ['P\u00d6', 0],
    ['1d075', 0x1d075],
    ['-1', 0xffffffff],
    ['-ffff2f8b', 0xd075],
    ['d0 75', 0xd0],
    ['53365', 0x53365],
    ['ffffffff', 0xffffffff],
    ['100000000', 0xffffffff],
    ['-100000000', 0xffffffff],
    ['\t\v\f\r 1', 1],
    ['+ 1', 0],
  ])('takes %j for %i', (text, value) => {
    expect(parseCheckValue(text)).toBe(value);
  });
});
