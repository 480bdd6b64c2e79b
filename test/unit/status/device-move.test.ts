import { describe, expect, test } from 'vitest';
import type { Rollout } from '../../../src/shared/rollout/rollout.ts';
import { type DeviceMove, movesOf } from '../../../src/shared/status/device-move.ts';
import { planDevice } from '../../../src/shared/status/device-plan.ts';
import type { ReportedStatus } from '../../../src/shared/status/reported-firmware.ts';
import type { DeviceReport } from '../../../src/shared/status/twin-change.ts';

const rollout: Rollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  createdAt: '2026-01-01T00:00:00.000Z',
  shards: 4,
};

/** A report `seconds` after the rollout was created. */
function report(
  version: number,
  seconds: number,
  status: ReportedStatus,
  currentVersion = '1.0.0',
): DeviceReport {
  const hubTime = new Date(Date.parse(rollout.createdAt) + seconds * 1000).toISOString();
  return {
    deviceId: 'devkit-0001',
    version,
    hubTime,
    hubTimeIsExact: true,
    sequenceNumber: version,
    enqueuedAt: hubTime,
    firmware: { status, substatus: status === 'Error' ? 'VerifyFailed' : '', currentVersion },
  };
}

function moves(reports: readonly DeviceReport[], earlier: readonly DeviceReport[] = []) {
  const first = planDevice('devkit-0001', 'absent', earlier, rollout);
  const before = first ? ({ etag: 'e', update: first.after, embedded: 1 } as const) : 'absent';
  const plan = planDevice('devkit-0001', before, reports, rollout);
  return (plan ? movesOf(plan, rollout) : []).map(withoutNames);
}

function withoutNames(move: DeviceMove): Omit<DeviceMove, 'rollout' | 'deviceId'> {
  const names = new Set(['rollout', 'deviceId']);
  return Object.fromEntries(Object.entries(move).filter(([name]) => !names.has(name))) as typeof move;
}

describe('the moves of a device', () => {
  const way = [
    report(1, 10, 'Downloading'),
    report(2, 70, 'Verifying'),
    report(3, 75, 'Applying'),
    report(4, 100, 'Current', '1.0.1'),
  ];
  const ends = { reason: '', attempt: 1 };

  test('of one batch are all told, with how long they took', () => {
    expect(moves(way)).toEqual([
      { ...ends, state: 'Downloading' },
      { ...ends, state: 'Verifying', downloadMs: 60_000 },
      { ...ends, state: 'Applying' },
      { ...ends, state: 'Succeeded', attemptMs: 90_000, sinceRolloutMs: 100_000 },
    ]);
  });

  test.each([1, 2, 3])('are the same where %i of the reports came in a batch before', (count) => {
    expect(moves(way.slice(count), way.slice(0, count))).toEqual(moves(way).slice(count));
  });

  test('are none where a report is repeated', () => {
    expect(moves(way.slice(0, 2), way.slice(0, 2))).toEqual([]);
  });

  test('hold the reason of a failure, no download, and each attempt on its own', () => {
    const failing = [report(1, 10, 'Downloading'), report(2, 30, 'Error'), report(3, 50, 'Downloading')];
    expect(moves(failing)).toEqual([
      { ...ends, state: 'Downloading' },
      { state: 'Failed', attempt: 1, reason: 'VerifyFailed', attemptMs: 20_000, sinceRolloutMs: 30_000 },
      { reason: '', state: 'Downloading', attempt: 2 },
    ]);
  });

  test('tell no duration of an attempt whose beginning was not seen', () => {
    expect(moves([report(9, 40, 'Error')])).toEqual([
      { state: 'Failed', attempt: 1, reason: 'VerifyFailed', sinceRolloutMs: 40_000 },
    ]);
  });
});
