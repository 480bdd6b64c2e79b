import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Release } from '../../../src/shared/firmware/release.ts';
import { compareVersions } from '../../../src/shared/firmware/version.ts';
import { releaseBefore, revertPath } from '../../../src/shared/rollout/republishing.ts';
import { nextInLine } from '../../../src/shared/rollout/revert.ts';
import { planOf, recordOf } from './rollout-at-hand.ts';

function releaseOf(version: string, targetCondition = '*'): Release {
  return {
    deviceType: 'IoTDevKit',
    version,
    size: 1,
    crc16: 0,
    sha256: '',
    blobPath: '',
    url: '',
    rolloutId: '',
    targetCondition,
    source: { path: '', etag: '' },
    createdAt: '',
  };
}

describe('the release before', () => {
  const before = (versions: Release[], version: string) => releaseBefore(versions, { version })?.version;

  test('is the highest below, as devices compare versions', () => {
    const releases = ['1.0.10', '1.0.9', '1.0.2', '1.0'].map((version) => releaseOf(version));
    expect(before(releases, '1.0.10')).toBe('1.0.9');
    expect(before(releases, '1.0.9')).toBe('1.0.2');
    expect(before(releases, '1.0.2.0')).toBe('1.0');
    expect(before(releases, '1.0')).toBeUndefined();
  });

  test('is one for the same target', () => {
    const releases = [releaseOf('1.0.3'), releaseOf('1.0.2', 'tags.x = 1'), releaseOf('1.0.1')];
    expect(before(releases, '1.0.3')).toBe('1.0.1');
    expect(before(releases, '1.0.2')).toBeUndefined();
  });

  test('is not there where the rollout’s own release is not', () => {
    expect(before([releaseOf('1.0.1')], '1.0.2')).toBeUndefined();
  });

  test('is below, and nothing lies between, whatever was released', () => {
    const version = fc.tuple(fc.nat(3), fc.nat(12)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1 }), (versions) => {
        const releases = versions.map((each) => releaseOf(each));
        for (const current of versions) {
          const found = before(releases, current);
          const below = versions.filter((each) => compareVersions(each, current) < 0);
          expect(found === undefined).toBe(below.length === 0);
          expect(below.every((each) => compareVersions(each, found ?? '') <= 0)).toBe(true);
        }
      }),
    );
  });

  test('is dropped under a name that says what it is', () => {
    expect(revertPath('IoTDevKit', '1.0.3')).toBe('reverts/IoTDevKit-1.0.3.bin');
  });
});

describe('the rollout that applies again', () => {
  const bad = recordOf({ version: '1.0.5', createdAt: '2026-03-05T00:00:00.000Z' });
  const next = (...rollouts: Parameters<typeof recordOf>[0][]) =>
    nextInLine([bad, ...rollouts.map(recordOf)], bad)?.version;

  test('has the highest priority, then the newest date', () => {
    const old = { version: '1.0.2', createdAt: '2026-03-01T00:00:00.000Z' };
    const newer = { version: '1.0.3', createdAt: '2026-03-03T00:00:00.000Z' };
    expect(next(old, newer)).toBe('1.0.3');
    expect(next(newer, old)).toBe('1.0.3');
    expect(next({ ...old, priority: 20 }, newer)).toBe('1.0.2');
  });

  test('may be complete or paused, but must still select devices', () => {
    expect(next({ version: '1.0.2', state: 'completed' })).toBe('1.0.2');
    expect(next({ version: '1.0.2', state: 'paused' })).toBe('1.0.2');
    expect(next({ version: '1.0.2', state: 'stopped' })).toBeUndefined();
    expect(next({ version: '1.0.2', state: 'retired' })).toBeUndefined();
    expect(next({ version: '1.0.2', stage: -1 })).toBeUndefined();
  });

  test('is for the same devices, and of a lower version', () => {
    expect(next({ version: '1.0.2', deviceType: 'Thermostat' })).toBeUndefined();
    expect(next({ version: '1.0.2', plan: planOf({ targetCondition: 'tags.x = 1' }) })).toBeUndefined();
    expect(next({ version: '1.0.6' })).toBeUndefined();
    expect(next()).toBeUndefined();
  });
});
