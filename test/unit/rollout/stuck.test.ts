import { describe, expect, test } from 'vitest';
import { stuckSince } from '../../../src/shared/rollout/stuck.ts';
import { deviceUpdateStates } from '../../../src/shared/status/device-update.ts';

const limits = { downloadingMinutes: 15, verifyingMinutes: 10, applyingMinutes: 2.5 };
const since = '2026-03-01T10:00:00.000Z';
const at = (time: string) => new Date(`2026-03-01T${time}Z`);

describe('a device is stuck', () => {
  test.each([
    ['Downloading', '10:15:00'],
    ['Verifying', '10:10:00'],
    ['Applying', '10:02:30'],
  ] as const)('in %s from its limit on, %s', (state, time) => {
    const before = new Date(at(time).getTime() - 1);
    expect(stuckSince({ state, since }, limits, before)).toBeUndefined();
    expect(stuckSince({ state, since }, limits, at(time))).toBe(at(time).toISOString());
    expect(stuckSince({ state, since }, limits, at('23:00:00'))).toBe(at(time).toISOString());
  });

  test.each(deviceUpdateStates.filter((state) => !state.endsWith('ing')))('never in the end %s', (state) => {
    expect(stuckSince({ state, since }, limits, new Date('2036-01-01'))).toBeUndefined();
  });
});
