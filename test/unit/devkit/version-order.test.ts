import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { versionOrder } from '../../../local/devkit/version-order.ts';

const rows = readFileSync(new URL('../../vectors/version-compare.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t'))
  .map(([desired = '', running = '', sign]) => ({
    desired: desired.slice(1, -1),
    running: running.slice(1, -1),
    sign: Number(sign),
  }));

describe('the order of versions on the device', () => {
  it('has 20 known answers to give', () => {
    expect(rows).toHaveLength(20);
  });

  it.each(rows)('takes "$desired" over "$running" as $sign', ({ desired, running, sign }) => {
    expect(versionOrder(desired, running)).toBe(sign);
    expect(versionOrder(running, desired)).toBe(sign === 0 ? 0 : -sign);
  });

  it('wraps to a negative number as a 32-bit int does', () => {
    expect(versionOrder('2147483648', '0')).toBe(-1);
  });
});
