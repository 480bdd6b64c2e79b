import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Crc16 } from '../../../local/devkit/crc16.ts';

const rows = readFileSync(new URL('../../vectors/crc16-xmodem.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t'))
  .map(([name = '', bytes, decimal]) => ({ name, bytes: Number(bytes), decimal: Number(decimal) }));

describe('the check value of the device', () => {
  it('has 25 known answers to give', () => {
    expect(rows).toHaveLength(25);
  });

  it.each(rows)('is known for: $name', ({ name, bytes, decimal }) => {
    const input = inputNamed(name);
    expect(input).toHaveLength(bytes);
    expect(crcOf([input])).toBe(decimal);
  });

  it('does not depend on how the bytes arrive', () => {
    const input = inputNamed('2049 i mod 251 (crosses 2048 recv buf)');
    expect(crcOf([input.subarray(0, 2048), input.subarray(2048)])).toBe(42111);
    expect(crcOf([...input].map((byte) => Buffer.of(byte)))).toBe(42111);
  });

  it('can be read in the middle without disturbing what follows', () => {
    const crc = new Crc16();
    crc.update(Buffer.from('1234'));
    crc.value();
    crc.update(Buffer.from('56789'));
    expect(crc.value()).toBe(0x31c3);
  });
});

function crcOf(pieces: Buffer[]): number {
  const crc = new Crc16();
  for (const piece of pieces) crc.update(piece);
  return crc.value();
}

/** The bytes that a row of the table names. */
function inputNamed(name: string): Buffer {
  const generated: Record<string, () => Buffer> = {
    empty: () => Buffer.alloc(0),
    'bytes 0..255': () => filled(256, (i) => i),
    'bytes 255..0': () => filled(256, (i) => 255 - i),
    'bytes 0..255 x4 (1024)': () => filled(1024, (i) => i),
    'bytes 0..255 x16 (4096)': () => filled(4096, (i) => i),
    '512 x FF': () => Buffer.alloc(512, 0xff),
    'quick brown fox': () => Buffer.from('The quick brown fox jumps over the lazy dog'),
    '1 MiB zeros': () => Buffer.alloc(2 ** 20),
    '1 MiB FF': () => Buffer.alloc(2 ** 20, 0xff),
    '0xF4000 FF (max fw)': () => Buffer.alloc(0xf4000, 0xff),
    '0xF4000 i*7+3': () => filled(0xf4000, (i) => i * 7 + 3),
    '558216 i mod 251': () => filled(558_216, (i) => i % 251),
    '2049 i mod 251 (crosses 2048 recv buf)': () => filled(2049, (i) => i % 251),
    '31-bit LCG 100000': () => linearCongruential(100_000),
    "ascii b'=c1' -> ffff": () => Buffer.from('=c1'),
  };
  const literal = /^(ascii|byte|bytes|.*: bytes) ([\dA-Za-z ]+)$/.exec(name)?.slice(1) ?? [];
  const [kind = '', text = ''] = literal;
  return (
    generated[name]?.() ??
    (kind === 'ascii' ? Buffer.from(text) : Buffer.from(text.replaceAll(' ', ''), 'hex'))
  );
}

function filled(size: number, at: (index: number) => number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => at(index) & 255));
}

function linearCongruential(size: number): Buffer {
  let state = 1n;
  return filled(size, () => {
    state = (state * 1103515245n + 12345n) & 0x7fffffffn;
    return Number(state >> 16n);
  });
}
