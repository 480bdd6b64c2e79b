import { describe, expect, test } from 'vitest';
import type { Rollout } from '../../../src/shared/rollout/rollout.ts';
import { type DeviceUpdate, evolve, type HistoryEntry } from '../../../src/shared/status/device-update.ts';
import type { DeviceReport } from '../../../src/shared/status/twin-change.ts';
import { reportAt } from './twin-event.ts';

const rollout: Rollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  createdAt: '2026-03-01T10:00:00.000Z',
  shards: 4,
};
const old = { currentVersion: '1.0.0', pendingVersion: '1.0.1' };

const downloading = (version: number, minute: number) =>
  reportAt(version, minute, { status: 'Downloading', ...old });
const verifying = (version: number, minute: number) =>
  reportAt(version, minute, { status: 'Verifying', ...old });
const applying = (version: number, minute: number) =>
  reportAt(version, minute, { status: 'Applying', ...old });
const failed = (version: number, minute: number, substatus = 'VerifyFailed') =>
  reportAt(version, minute, { status: 'Error', ...old, substatus });
const current = (version: number, minute: number, currentVersion = '1.0.1') =>
  reportAt(version, minute, { status: 'Current', currentVersion });

/** What the reports make of a device that was not seen before. */
function after(...reports: readonly DeviceReport[]) {
  let update: DeviceUpdate | undefined;
  const history: HistoryEntry[] = [];
  for (const report of reports) {
    const evolution = evolve(update, report, rollout);
    if (evolution.kind === 'unchanged') continue;
    update = evolution.next;
    history.push(evolution.entry);
  }
  return { ...update, history };
}

describe('a device that updates', () => {
  test('has succeeded when it runs the version of the rollout', () => {
    const { state, attempt, since, history } = after(downloading(2, 1), applying(3, 2), current(4, 3));
    expect({ state, attempt, since }).toEqual({
      state: 'Succeeded',
      attempt: 1,
      since: '2026-03-01T10:03:00.000Z',
    });
    expect(history.map((entry) => entry.state)).toEqual(['Downloading', 'Applying', 'Succeeded']);
  });

  test('has succeeded even if states were merged away, and the hole shows', () => {
    expect(after(downloading(2, 1), current(9, 3))).toMatchObject({
      state: 'Succeeded',
      missed: 6,
      holes: [{ from: 3, to: 8 }],
    });
  });

  test('runs the version where the device would take the two for the same', () => {
    expect(after(downloading(2, 1), current(3, 3, '01.00.1.0')).state).toBe('Succeeded');
  });

  test('has not succeeded by reporting Current: with the old version it has fallen back', () => {
    expect(after(downloading(2, 1), applying(3, 2), current(4, 3, '1.0.0')).state).toBe('Reverted');
  });

  test('is still downloading after a restart, and the history says so', () => {
    const { state, since, history } = after(downloading(2, 1), current(3, 2, '1.0.0'), downloading(4, 3));
    expect({ state, since }).toEqual({ state: 'Downloading', since: '2026-03-01T10:01:00.000Z' });
    expect(history.map(({ note }) => note)).toEqual([undefined, 'restarted', undefined]);
  });

  test('has failed for the reason that it gives, and a reset changes nothing but the history', () => {
    const { state, reason, attempt, history } = after(
      downloading(2, 1),
      failed(3, 2),
      current(4, 3, '1.0.0'),
    );
    expect({ state, reason, attempt }).toEqual({ state: 'Failed', reason: 'VerifyFailed', attempt: 1 });
    expect(history).toHaveLength(3);
  });

  test('keeps the reason of the failure when it repeats the error', () => {
    expect(after(downloading(2, 1), failed(3, 2), failed(4, 3, 'DeviceError')).reason).toBe('VerifyFailed');
  });

  test.each([
    ['a failure', [failed(3, 2)]],
    ['falling back', [applying(3, 2), current(4, 3, '1.0.0')]],
    ['success, flashed with the old firmware', [current(3, 2)]],
    ['an apply whose end was not seen', [applying(3, 2)]],
  ])('opens a second attempt after %s', (_what, reports) => {
    const update = after(downloading(2, 1), ...reports, downloading(7, 5));
    expect(update).toMatchObject({
      state: 'Downloading',
      attempt: 2,
      reason: '',
      attemptSince: '2026-03-01T10:05:00.000Z',
    });
  });

  test('that is found at the target after a failure was brought there by an attempt that nobody saw', () => {
    expect(after(downloading(2, 1), failed(3, 2), current(9, 8))).toMatchObject({
      state: 'Succeeded',
      attempt: 2,
    });
  });

  test('stays succeeded through restarts, whatever else it reports of its old ways', () => {
    expect(after(downloading(2, 1), current(3, 2), current(4, 3), current(5, 4, '1.0.2'))).toMatchObject({
      state: 'Succeeded',
      attempt: 1,
      lastVersion: 4,
    });
  });
});

describe('a device at first sight', () => {
  test('at the target was there already', () => {
    expect(after(current(1, 0)).state).toBe('AlreadyCurrent');
  });

  test('at the target has succeeded where the report tells of an update since the rollout began', () => {
    const merged = {
      status: 'Current',
      currentVersion: '1.0.1',
      startedAt: '2026-03-01T10:00:30.000Z',
    } as const;
    expect(after(reportAt(3, 2, merged)).state).toBe('Succeeded');
    const earlier = { ...merged, startedAt: '2026-02-01T10:00:30.000Z' };
    expect(after(reportAt(3, 2, earlier)).state).toBe('AlreadyCurrent');
  });

  test('at the target with an error about something else was there already', () => {
    const complaint = { ...failed(1, 0).firmware, currentVersion: '1.0.1' };
    expect(after(reportAt(1, 0, complaint)).state).toBe('AlreadyCurrent');
  });

  test('with another version does not concern the rollout', () => {
    expect(after(current(1, 0, '1.0.0')).history).toEqual([]);
  });

  test.each([
    ['verifying', verifying(1, 0), 'Verifying'],
    ['applying', applying(1, 0), 'Applying'],
    ['failed', failed(1, 0), 'Failed'],
  ])('that is %s is taken as it is', (_what, report, state) => {
    expect(after(report).state).toBe(state);
  });
});

describe('a report that comes again or late', () => {
  test('changes nothing the second time', () => {
    const update = evolve(undefined, downloading(2, 1), rollout);
    const again = update.kind === 'recorded' ? evolve(update.next, downloading(2, 1), rollout) : update;
    expect(again).toEqual({ kind: 'unchanged', reason: 'repeated' });
  });

  test('fills the hole that it left, and no state changes', () => {
    const update = after(downloading(2, 1), current(5, 3), applying(3, 2));
    expect(update).toMatchObject({
      state: 'Succeeded',
      lastVersion: 5,
      missed: 1,
      holes: [{ from: 4, to: 4 }],
    });
    expect(update.history.at(-1)).toMatchObject({ version: 3, note: 'late' });
    expect(update.history.at(-1)).not.toHaveProperty('state');
  });

  test('from before the first one goes to the beginning of the history', () => {
    expect(after(applying(5, 2), downloading(3, 1))).toMatchObject({
      state: 'Applying',
      firstVersion: 3,
      missed: 1,
      entries: 2,
    });
  });

  test('of another version is not taken for one of this rollout', () => {
    expect(after(downloading(2, 1), applying(4, 2), current(3, 1, '1.0.0')).history).toHaveLength(2);
  });
});

describe('a device that was deleted and created again', () => {
  test('begins a new life when its versions start again, much later', () => {
    const update = after(downloading(12, 1), current(13, 2), downloading(1, 60));
    expect(update).toMatchObject({
      state: 'Downloading',
      attempt: 2,
      life: 1,
      firstVersion: 1,
      lastVersion: 1,
    });
    expect(update.history.at(-1)).toMatchObject({ life: 1, note: 'recreated' });
  });

  test('is not taken for one where the report is late by seconds', () => {
    expect(after(downloading(12, 1), applying(3, 1.5))).toMatchObject({ life: 0, state: 'Downloading' });
  });

  test('is not taken for one where the hub does not say when it was', () => {
    const resent = { ...applying(12, 60), hubTimeIsExact: false };
    expect(after(downloading(11, 1), current(13, 2), resent)).toMatchObject({ life: 0, state: 'Succeeded' });
  });

  test('does not hear of its former life any more', () => {
    const newLife = [downloading(12, 1), downloading(1, 60)];
    expect(after(...newLife, current(13, 2))).toMatchObject({
      state: 'Downloading',
      life: 1,
      lastVersion: 1,
    });
    expect(after(downloading(1, 60), current(13, 2))).toMatchObject({ state: 'Downloading', lastVersion: 1 });
  });
});

describe('the time since when a state holds', () => {
  const since = (startedAt: string) =>
    after(reportAt(2, 10, { status: 'Downloading', ...old, startedAt })).since;

  test('is the device’s where its clock is right', () => {
    expect(since('2026-03-01T10:08:00.000Z')).toBe('2026-03-01T10:08:00.000Z');
  });

  test.each(['1970-01-01T00:00:07.000Z', '2026-03-01T10:04:59.000Z', '2026-03-01T10:10:01.000Z'])(
    'is the hub’s where the device says %s',
    (startedAt) => {
      expect(since(startedAt)).toBe('2026-03-01T10:10:00.000Z');
    },
  );

  test('does not go back behind the state before', () => {
    const late = reportAt(3, 4, { status: 'Applying', ...old, endedAt: '2026-03-01T10:00:30.000Z' });
    expect(after(downloading(2, 3), late).since).toBe('2026-03-01T10:03:00.000Z');
  });
});
