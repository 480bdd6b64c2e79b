import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideAdmission, type LiveRollout } from '../../../src/shared/firmware/admission-decision.ts';
import type { Release } from '../../../src/shared/firmware/release.ts';
import { compareVersions } from '../../../src/shared/firmware/version.ts';

function released(version: string, change: Partial<Release> = {}): Release {
  return {
    deviceType: 'IoTDevKit',
    version,
    size: 10,
    crc16: 1,
    sha256: `sha of ${version}`,
    blobPath: '',
    url: '',
    rolloutId: '',
    targetCondition: '*',
    source: { path: '', etag: '' },
    createdAt: '',
    ...change,
  };
}

const request = (version: string, targetCondition = '*') => ({
  version,
  deviceType: 'IoTDevKit',
  targetCondition,
  priority: 10,
  labels: {},
});
const bytesOf = (version: string) => ({ size: 10, crc16: 1, sha256: `sha of ${version}` });
const decide = (
  version: string,
  releases: readonly Release[],
  target = '*',
  live: readonly LiveRollout[] = [],
) => {
  const decision = decideAdmission(request(version, target), bytesOf(version), releases, live);
  return decision.kind === 'refuse' ? decision.refusal.code : decision.kind;
};

describe('admission against what is released', () => {
  test('the first version is admitted', () => expect(decide('1.0.0', [])).toBe('admit'));

  test('a higher version is admitted', () => expect(decide('1.10.0', [released('1.9.9')])).toBe('admit'));

  test('a lower version is refused for the same target', () => {
    expect(decide('1.9.9', [released('1.10.0'), released('1.0.0')])).toBe('version-not-higher');
  });

  test('a lower version is admitted for another target', () => {
    const production = released('1.10.0', { targetCondition: "tags.environment='production'" });
    expect(decide('1.9.9', [production], "tags.environment='test'")).toBe('admit');
  });

  test('a target of all devices contains every other one', () => {
    expect(decide('1.9.9', [released('1.10.0')], "tags.environment='test'")).toBe('version-not-higher');
    const narrow = released('1.10.0', { targetCondition: "tags.environment='test'" });
    expect(decide('1.9.9', [narrow])).toBe('version-not-higher');
  });

  test('a target that covers devices of another type is refused, whichever of the two is without one', () => {
    const other = (targetCondition: string) => [
      { id: 'fw-thermostat-1-0', deviceType: 'Thermostat', targetCondition },
    ];
    const ours = "tags.type='IoTDevKit'";
    expect(decide('1.0', [], '*', other("tags.type='Thermostat'"))).toBe('target-covers-other-type');
    expect(decide('1.0', [], ours, other('*'))).toBe('target-covers-other-type');
    expect(decide('1.0', [], ours, other("tags.type='Thermostat'"))).toBe('admit');
    expect(
      decide('1.1', [released('1.0')], '*', [{ id: 'x', deviceType: 'IoTDevKit', targetCondition: '*' }]),
    ).toBe('admit');
  });

  test('the same version with the same bytes is already released, however it is spelled', () => {
    const release = released('1.0', { sha256: 'sha of 1.0.0' });
    expect(decideAdmission(request('1.0.0'), bytesOf('1.0.0'), [release], [])).toEqual({
      kind: 'already-released',
      release,
    });
  });

  test('the same version with other bytes is refused, whatever its target', () => {
    const release = released('1.0.0', { sha256: 'other' });
    expect(decide('1.0', [release])).toBe('version-released-with-other-bytes');
    expect(decide('1.0', [release], 'tags.x=1')).toBe('version-released-with-other-bytes');
  });

  test('another spelling of the device type is refused', () => {
    expect(decide('2.0', [released('1.0', { deviceType: 'iotdevkit' })])).toBe('device-type-conflict');
  });

  test('whatever is admitted is higher than everything released to the target', () => {
    const version = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, fc.array(version, { maxLength: 8 }), (wanted, versions) => {
        if (
          decide(
            wanted,
            versions.map((one) => released(one)),
          ) !== 'admit'
        )
          return;
        for (const one of versions) expect(compareVersions(wanted, one)).toBe(1);
      }),
    );
  });
});
