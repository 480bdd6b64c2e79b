import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChecksumStream, checksumsOf, crc16Text } from '../../../src/shared/firmware/checksums.ts';

const bytes = (length: number, value: (index: number) => number) =>
  Buffer.from(Array.from({ length }, (_, i) => value(i) & 255));

function lcg(length: number): Buffer {
  let state = 1n;
  return bytes(length, () => {
    state = (state * 1103515245n + 12345n) & 0x7fffffffn;
    return Number((state >> 16n) & 255n);
  });
}

/** The bytes of each named row of the known answers. */
const inputs: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  'ascii 123456789': Buffer.from('123456789'),
  'ascii A': Buffer.from('A'),
  'byte 00': Buffer.from([0]),
  'byte 01': Buffer.from([1]),
  'byte FF': Buffer.from([255]),
  'bytes 00 01': Buffer.from([0, 1]),
  'bytes 0..255': bytes(256, (i) => i),
  'bytes 255..0': bytes(256, (i) => 255 - i),
  'bytes 0..255 x4 (1024)': bytes(1024, (i) => i),
  'bytes 0..255 x16 (4096)': bytes(4096, (i) => i),
  '512 x FF': bytes(512, () => 255),
  'quick brown fox': Buffer.from('The quick brown fox jumps over the lazy dog'),
  '1 MiB zeros': Buffer.alloc(1 << 20),
  '1 MiB FF': Buffer.alloc(1 << 20, 255),
  '0xF4000 FF (max fw)': Buffer.alloc(0xf4000, 255),
  '0xF4000 i*7+3': bytes(0xf4000, (i) => i * 7 + 3),
  '558216 i mod 251': bytes(558216, (i) => i % 251),
  '2049 i mod 251 (crosses 2048 recv buf)': bytes(2049, (i) => i % 251),
  '31-bit LCG 100000': lcg(100_000),
  '3 hex digits: bytes 0011': Buffer.from('0011', 'hex'),
  '2 hex digits: bytes 0089': Buffer.from('0089', 'hex'),
  '1 hex digit: bytes 1cbe': Buffer.from('1cbe', 'hex'),
  '0xffff: bytes 84cf': Buffer.from('84cf', 'hex'),
  "ascii b'=c1' -> ffff": Buffer.from('=c1'),
};

const vectors = readFileSync(new URL('../../vectors/crc16-xmodem.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [name = '', size = '', decimal = '', hex4 = ''] = line.split('\t');
    return { name, size: Number(size), crc16: Number(decimal), hex4 };
  });

describe('checksums', () => {
  test('every known answer has its bytes', () => {
    expect(vectors.length).toBe(25);
    expect(vectors.map(({ name }) => name).toSorted()).toEqual(Object.keys(inputs).toSorted());
  });

  test.each(vectors)('$name has the CRC $hex4', ({ name, size, crc16, hex4 }) => {
    const input = inputs[name] ?? Buffer.from('missing');
    const sha256 = createHash('sha256').update(input).digest('hex');
    expect(checksumsOf(input)).toEqual({ size, crc16, sha256 });
    expect(crc16Text(crc16)).toBe(hex4);
  });

  test('do not depend on how the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
        const stream = new ChecksumStream();
        for (const chunk of chunks) stream.update(chunk);
        expect(stream.digest()).toEqual(checksumsOf(Buffer.concat(chunks)));
      }),
    );
  });
});
