import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalVersion,
  compareVersions,
  descendingVersionKey,
  isVersion,
  sameVersion,
  versionInPath,
} from '../../../src/shared/firmware/version.ts';

const vectors = readFileSync(new URL('../../vectors/version-compare.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [desired = '', running = '', sign = ''] = line.split('\t');
    return { desired: desired.slice(1, -1), running: running.slice(1, -1), sign: Number(sign) };
  });

const version = fc.array(fc.nat(999_999_999), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));

describe('comparing versions as the device does', () => {
  test('every known answer is there', () => expect(vectors.length).toBe(20));

  test.each(vectors)('$desired against $running is $sign', ({ desired, running, sign }) => {
    expect(compareVersions(desired, running)).toBe(sign);
  });

  test('is antisymmetric over admitted versions', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareVersions(a, b)).toBe(0 - compareVersions(b, a));
      }),
    );
  });
});

describe('admitted versions', () => {
  test.each(['1', '1.0', '1.0.1', '0.0.0.1', '999999999.999999999.999999999.999999999'])('%s', (text) => {
    expect(isVersion(text)).toBe(true);
  });

  test.each([
    '',
    '1.',
    '.1',
    '1..1',
    'v1.0',
    '1.0.1-beta',
    '1.0.0.0.0',
    '1234567890',
    '1,0',
    ' 1.0',
    '1.0\n',
  ])('not %j', (text) => {
    expect(isVersion(text)).toBe(false);
  });

  test('have one canonical spelling exactly where the device takes them for equal', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(canonicalVersion(a) === canonicalVersion(b)).toBe(sameVersion(a, b));
      }),
    );
    expect(canonicalVersion('01.00.0')).toBe('1');
    expect(canonicalVersion('0.0')).toBe('0');
  });

  test('sort by key from the highest to the lowest', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [x, y] = [descendingVersionKey(a), descendingVersionKey(b)];
        expect(Math.sign(x < y ? 1 : x > y ? -1 : 0)).toBe(compareVersions(a, b));
      }),
    );
  });
});

describe('a version in a path', () => {
  test.each([
    ['FirmwareOTA-1.0.1.bin', '1.0.1'],
    ['1.0.1/FirmwareOTA.ino.bin', '1.0.1'],
    ['releases/2.0.0/fw-2.0.1.bin', '2.0.1'],
    ['1.0/fw.bin', '1.0'],
    ['AZ3166_v1.2.3.4.bin', '1.2.3.4'],
    ['fw-1.2.3.4.5.bin', '1.2.3.4.5'],
    ['firmware.bin', undefined],
    ['fw-7.bin', undefined],
    ['a.b.bin', undefined],
  ])('%s holds %s', (path, expected) => {
    expect(versionInPath(path)).toBe(expected);
  });
});
