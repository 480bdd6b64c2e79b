import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FailedDevice, failureGroups } from '../../../src/shared/status/failure-groups.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString();
const failed = (deviceId: string, reason: string, minute: number): FailedDevice => ({
  deviceId,
  state: 'Failed',
  reason,
  since: at(minute),
});

describe('groups of failures', () => {
  test('have a count, the first and the last time, and some devices; the largest comes first', () => {
    const devices = [
      failed('a', 'VerifyFailed', 7),
      failed('b', 'VerifyFailed', 3),
      failed('c', 'DownloadFailed', 4),
      { deviceId: 'd', state: 'Reverted', reason: '', since: at(9) } as const,
      failed('e', 'VerifyFailed', 5),
      failed('f', '', 1),
    ];
    const one = { devices: 1, examples: ['c'], firstAt: at(4), lastAt: at(4) };
    expect(failureGroups(devices)).toEqual({
      groups: [
        {
          state: 'Failed',
          reason: 'VerifyFailed',
          devices: 3,
          firstAt: at(3),
          lastAt: at(7),
          examples: ['a', 'b', 'e'],
        },
        { ...one, state: 'Failed', reason: '', examples: ['f'], firstAt: at(1), lastAt: at(1) },
        { ...one, state: 'Failed', reason: 'DownloadFailed' },
        { ...one, state: 'Reverted', reason: '', examples: ['d'], firstAt: at(9), lastAt: at(9) },
      ],
      others: 0,
    });
  });

  test('lose no device, give few examples, and stay few, whatever the devices say', () => {
    const device = fc.record({
      deviceId: fc.string(),
      state: fc.constantFrom('Failed', 'Reverted'),
      reason: fc.oneof(fc.constantFrom('', 'VerifyFailed', '__proto__'), fc.string()),
      since: fc.nat(1000).map(at),
    }) as fc.Arbitrary<FailedDevice>;
    fc.assert(
      fc.property(fc.array(device, { maxLength: 300, size: 'max' }), (devices) => {
        const { groups, others } = failureGroups(devices);
        expect(groups.reduce((sum, group) => sum + group.devices, others)).toBe(devices.length);
        expect(groups.length).toBeLessThanOrEqual(50);
        for (const { state, reason, firstAt, lastAt, examples } of groups) {
          const own = devices.filter((one) => one.state === state && one.reason === reason);
          const times = own.map(({ since }) => since).toSorted();
          expect([firstAt, lastAt]).toEqual([times[0], times.at(-1)]);
          expect(examples).toEqual(own.slice(0, 5).map(({ deviceId }) => deviceId));
        }
      }),
      { numRuns: 50 },
    );
  });
});
