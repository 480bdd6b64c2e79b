import { describe, expect, test } from 'vitest';
import { diagnoses, type KnownConnection, withDiagnosis } from '../../../src/shared/rollout/diagnosis.ts';
import type { DeviceUpdateState } from '../../../src/shared/status/device-update.ts';

const limits = { downloadingMinutes: 15, verifyingMinutes: 10, applyingMinutes: 10 };
const since = '2026-03-01T10:00:00.000Z';
const askedAt = '2026-03-01T10:20:00.000Z';
const now = new Date('2026-03-01T10:25:00Z');
const update = (state: DeviceUpdateState) => ({ state, since, lastReportAt: since });
const known = (kind: KnownConnection['kind'], change: Partial<KnownConnection> = {}): KnownConnection => ({
  kind,
  lastActivityAt: undefined,
  state: 'Downloading',
  since,
  askedAt,
  ...change,
});
const stuckOf = (state: DeviceUpdateState, connection?: KnownConnection) =>
  withDiagnosis(update(state), connection && { ...connection, state }, limits, now).stuck;

describe('a stuck device says why', () => {
  test.each([
    ['Downloading', 'downloading', 'Still downloading since 2026-03-01T10:00:00Z'],
    ['Verifying', 'verifying', 'Still verifying since 2026-03-01T10:00:00Z'],
    ['Applying', 'applied-not-back', 'Applied the image at 2026-03-01T10:00:00Z'],
  ] as const)('in %s, before the hub was asked and while it is connected', (state, diagnosis, words) => {
    const unasked = stuckOf(state);
    expect(unasked).toMatchObject({ diagnosis, text: expect.stringContaining(words) });
    expect(unasked).not.toHaveProperty('askedAt');
    expect(unasked?.text).toContain('not asked yet');
    const connected = stuckOf(state, known('connected'));
    expect(connected).toMatchObject({ diagnosis, askedAt });
    expect(connected?.text).toContain('connected to IoT Hub at 2026-03-01T10:20:00Z');
    expect(connected).not.toHaveProperty('offlineSince');
  });

  test.each([
    ['Downloading', 'offline'],
    ['Verifying', 'offline'],
    ['Applying', 'applied-not-back'],
  ] as const)('in %s, when it is offline: since it was last heard of', (state, diagnosis) => {
    const later = '2026-03-01T10:01:30.120Z';
    const heard = stuckOf(state, known('disconnected', { lastActivityAt: later }));
    expect(heard).toMatchObject({ diagnosis, offlineSince: later });
    expect(heard?.text).toContain('offline since 2026-03-01T10:01:30Z');
    // Its report came after what the hub remembers, or the hub remembers nothing.
    const before = known('disconnected', { lastActivityAt: '2026-03-01T09:00:00.000Z' });
    expect(stuckOf(state, before)?.offlineSince).toBe(since);
    expect(stuckOf(state, known('disconnected'))?.offlineSince).toBe(since);
  });

  test.each([
    ['disabled', 'disabled'],
    ['unknown-device', 'deleted'],
  ] as const)('when the hub says %s', (kind, diagnosis) => {
    expect(stuckOf('Downloading', known(kind))).toMatchObject({ diagnosis, askedAt });
  });

  test('with a reason that the document of the API knows', () => {
    const kinds = ['connected', 'disconnected', 'disabled', 'unknown-device'] as const;
    const seen = (['Downloading', 'Verifying', 'Applying'] as const).flatMap((state) =>
      kinds.map((kind) => stuckOf(state, known(kind))?.diagnosis),
    );
    expect(new Set(seen)).toEqual(new Set(diagnoses));
  });
});

describe('what was known is of no use', () => {
  test('for a device that is within its limit or has an end', () => {
    const early = new Date('2026-03-01T10:14:59Z');
    expect(withDiagnosis(update('Downloading'), known('connected'), limits, early)).not.toHaveProperty(
      'stuck',
    );
    expect(withDiagnosis(update('Succeeded'), known('connected'), limits, now)).not.toHaveProperty('stuck');
  });

  test('for a device that went on, and is stuck again', () => {
    const other = known('disconnected', { since: '2026-03-01T09:00:00.000Z' });
    expect(withDiagnosis(update('Downloading'), other, limits, now).stuck?.diagnosis).toBe('downloading');
    const earlierState = known('disconnected');
    expect(withDiagnosis(update('Applying'), earlierState, limits, now).stuck?.text).toContain(
      'not asked yet',
    );
  });
});
