import { describe, expect, test } from 'vitest';
import { badEnds, endActions, fromEndRow } from '../../../src/shared/status/device-ends.ts';
import type { HistoryEntry } from '../../../src/shared/status/device-update.ts';

let version = 0;
function entry(
  state: HistoryEntry['state'],
  attempt: number,
  more: Partial<HistoryEntry> = {},
): HistoryEntry {
  version += 1;
  const hubTime = `2026-03-01T00:00:${String(version % 60).padStart(2, '0')}.000Z`;
  return { life: 0, version, status: 'Error', hubTime, ...(state && { state }), attempt, ...more };
}

describe('bad ends', () => {
  test('are told once for each attempt, with the reason that the device gave', () => {
    const entries = [
      entry('Downloading', 1),
      entry('Failed', 1, { substatus: 'VerifyFailed', currentVersion: '1.0.0' }),
      entry('Failed', 1, { substatus: 'again' }),
      entry('Applying', 2),
      entry('Reverted', 2, { currentVersion: '1.0.0' }),
      entry('Succeeded', 3),
    ];
    expect(badEnds('absent', entries)).toEqual([
      {
        state: 'Failed',
        attempt: 1,
        at: entries[1]?.hubTime,
        reason: 'VerifyFailed',
        currentVersion: '1.0.0',
      },
      { state: 'Reverted', attempt: 2, at: entries[4]?.hubTime, reason: '', currentVersion: '1.0.0' },
    ]);
  });

  test('are not told by reports that came late, which change no state', () => {
    const late: HistoryEntry = { life: 0, version: 3, status: 'Error', hubTime: '', note: 'late' };
    expect(badEnds('absent', [late])).toEqual([]);
  });

  test('of one device and batch are one row, whatever its id', () => {
    const ends = Array.from({ length: 140 }, (_, i) => ({
      state: 'Failed' as const,
      attempt: i + 1,
      at: '2026-03-01T00:00:00.000Z',
      reason: 'x'.repeat(1024),
      currentVersion: '1.0.0',
    }));
    const actions = endActions('rollout|001', "a#b'|?%", ends);
    expect(actions).toHaveLength(1);
    const [, row] = actions[0] ?? [];
    expect(fromEndRow({ etag: '', ...(row as object) })).toEqual({ deviceId: "a#b'|?%", ends });
    expect(endActions('rollout|001', 'a', [])).toEqual([]);
  });
});
