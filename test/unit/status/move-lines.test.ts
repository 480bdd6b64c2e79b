import { describe, expect, test } from 'vitest';
import type { DeviceMove } from '../../../src/shared/status/device-move.ts';
import { endedLines, movedLines } from '../../../src/shared/status/move-lines.ts';

const full = (deviceId: string) => deviceId;
const rollout = (id: string) => ({
  id,
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  createdAt: '2026-01-01T00:00:00.000Z',
  shards: 4,
});
const move = (deviceId: string, state: DeviceMove['state'], rest: Partial<DeviceMove> = {}): DeviceMove => ({
  rollout: rollout('fw-a'),
  deviceId,
  state,
  attempt: 1,
  reason: '',
  ...rest,
});
const failures = (count: number, reasonOf: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => move(`d${i}`, 'Failed', { reason: reasonOf(i), attemptMs: 5 }));
const devicesIn = (lines: readonly { readonly devices: number }[]) =>
  lines.reduce((sum, { devices }) => sum + devices, 0);

describe('the line of a batch', () => {
  test('counts what entered each state, for each rollout, and names the slowest download', () => {
    const moves = [
      move('a', 'Verifying', { downloadMs: 900 }),
      move('b', 'Verifying', { downloadMs: 2000 }),
      move('b', 'Succeeded'),
      move('c', 'Failed', { rollout: rollout('fw-b') }),
    ];
    const none = {
      downloading: 0,
      verifying: 0,
      applying: 0,
      succeeded: 0,
      alreadyCurrent: 0,
      failed: 0,
      reverted: 0,
    };
    const common = { deviceType: 'IoTDevKit', version: '1.0.1', partition: '3' };
    expect(movedLines(moves, '3', full)).toEqual([
      {
        ...none,
        ...common,
        rollout: 'fw-a',
        verifying: 2,
        succeeded: 1,
        slowestDownloadMs: 2000,
        device: 'b',
      },
      { ...none, ...common, rollout: 'fw-b', failed: 1 },
    ]);
  });
});

describe('the lines of devices that ended badly', () => {
  test('are one for each as long as they are few, and none for those that did well', () => {
    const lines = endedLines([...failures(3, () => 'VerifyFailed'), move('x', 'Succeeded')], full);
    expect(lines.map(({ device, devices, durationMs }) => [device, devices, durationMs])).toEqual([
      ['d0', 1, 5],
      ['d1', 1, 5],
      ['d2', 1, 5],
    ]);
  });

  test('hold no device where the setting says so', () => {
    expect(
      endedLines(
        failures(1, () => 'x'),
        () => undefined,
      )[0],
    ).not.toHaveProperty('device');
  });

  test('are bounded, with the count of those that ended alike', () => {
    const lines = endedLines(
      failures(294, (i) => (i % 3 === 0 ? 'A' : 'B')),
      full,
    );
    expect(lines.map(({ reason, devices }) => [reason, devices])).toEqual([
      ['B', 196],
      ['A', 98],
    ]);
  });

  test.each([20, 21, 100])('stay within the bound where %i reasons differ, and lose no device', (reasons) => {
    const lines = endedLines(
      failures(294, (i) => `reason ${i % reasons}`),
      full,
    );
    expect(lines).toHaveLength(20);
    expect(devicesIn(lines)).toBe(294);
    expect(lines.some(({ reason }) => reason === 'several other reasons')).toBe(reasons > 20);
  });
});
