import { describe, expect, test } from 'vitest';
import { type RawTwinEvent, readTwinChange } from '../../../src/shared/status/twin-change.ts';
import { downloading, twinEvent } from './twin-event.ts';

const reported = (firmware: unknown, version: unknown) => ({
  properties: { reported: { firmware, $version: version } },
});
const base = twinEvent(downloading);
const without = (...names: string[]) => ({
  properties: Object.fromEntries(Object.entries(base.properties).filter(([name]) => !names.includes(name))),
});

describe('a twin change of a device’s firmware', () => {
  test('is a report with the hub’s time and without empty members', () => {
    expect(readTwinChange(base)).toEqual({
      kind: 'report',
      report: {
        deviceId: 'press-17',
        version: 6,
        sequenceNumber: 41,
        enqueuedAt: '2026-03-01T10:00:02.000Z',
        hubTime: '2026-03-01T10:00:01.417Z',
        hubTimeIsExact: true,
        firmware: {
          status: 'Downloading',
          deviceType: 'IoTDevKit',
          currentVersion: '1.0.0',
          pendingVersion: '1.0.1',
          substatus: 'https://h/firmware/FirmwareOTA.ino.bin',
          startedAt: '2026-03-01T10:00:00.000Z',
        },
      },
    });
  });

  test.each([
    ['its body as text', { body: JSON.stringify(base.body) }],
    ['its body as bytes', { body: Buffer.from(JSON.stringify(base.body)) }],
    ['the status in lower case', { body: reported({ ...downloading, fwUpdateStatus: 'downloading' }, 6) }],
    ['members that nobody knows', { body: reported({ ...downloading, battery: { percent: 7 } }, 6) }],
    [
      'no application properties but the annotations',
      {
        properties: { operationTimestamp: '2026-03-01T10:00:01.417Z' },
        systemProperties: {
          'iothub-message-source': { value: 'TwinChangeEvents' },
          'iothub-connection-device-id': 'press-17',
        },
      },
    ],
    [
      'a replaced twin, which names its device in the body',
      {
        properties: { ...without('deviceId').properties, opType: 'replaceTwin' },
        body: { deviceId: 'press-17', ...reported(downloading, 6), tags: { line: 3 } },
      },
    ],
  ] as const)('is the same report with %s', (_what, changes: Partial<RawTwinEvent>) => {
    expect(readTwinChange(twinEvent(downloading, changes))).toEqual(readTwinChange(base));
  });

  test('has the time of the metadata, else that of the Event Hub, where the hub’s is missing', () => {
    const metadata = { $metadata: { $lastUpdated: '2026-03-01T10:00:00.5Z' } };
    const body = { properties: { reported: { firmware: downloading, $version: 6, ...metadata } } };
    expect(readTwinChange({ ...base, ...without('operationTimestamp'), body })).toMatchObject({
      report: { hubTime: '2026-03-01T10:00:00.500Z', hubTimeIsExact: true },
    });
    expect(readTwinChange({ ...base, ...without('operationTimestamp') })).toMatchObject({
      report: { hubTime: '2026-03-01T10:00:02.000Z', hubTimeIsExact: false },
    });
  });

  test('keeps no secret and no more than 1,024 characters of the substatus', () => {
    const url = `https://me:pass@h/x.bin?sv=1&se=2027&sig=abc%2Fdef&x=${'y'.repeat(2000)}`;
    const change = readTwinChange(twinEvent({ ...downloading, fwUpdateSubstatus: url }));
    const substatus = change.kind === 'report' ? change.report.firmware.substatus : '';
    expect(substatus).toMatch(/^https:\/\/REDACTED@h\/x\.bin\?sv=1&se=REDACTED&sig=REDACTED&x=y+$/);
    expect(substatus).toHaveLength(1024);
  });
});

describe('an event that is none of ours', () => {
  test.each([
    ['telemetry', { properties: { level: 'info' }, systemProperties: {} }, 'not-a-twin-change'],
    [
      'a life-cycle event',
      { properties: { 'iothub-message-schema': 'deviceLifecycleNotification' } },
      'not-a-twin-change',
    ],
    ['a module’s change', { properties: { ...base.properties, moduleId: 'cam' } }, 'module'],
    [
      'a change of desired properties',
      { body: { properties: { desired: { firmware: {} } } } },
      'no-firmware',
    ],
    ['a change of tags', { body: { tags: { line: 3 } } }, 'no-firmware'],
    ['a report of something else', { body: { properties: { reported: { humidity: 7 } } } }, 'no-firmware'],
    ['the removal of the section', { body: reported(null, 6) }, 'no-firmware'],
    ['a patch without a status', { body: reported({ pendingFwVersion: '' }, 6) }, 'no-status'],
  ] as const)('%s is skipped', (_what, changes, reason) => {
    expect(readTwinChange(twinEvent(downloading, changes))).toEqual({ kind: 'skip', reason });
  });
});

describe('a report that can never be understood', () => {
  test.each([
    ['a broken body', { body: '{"properties":' }, 'bad-json'],
    ['no body', { body: undefined }, 'bad-json'],
    ['a body that is a list', { body: [1] }, 'bad-body'],
    ['firmware that is a text', { body: reported('1.0.1', 6) }, 'bad-firmware'],
    [
      'a version that is a number',
      { body: reported({ ...downloading, currentFwVersion: 1 }, 6) },
      'wrong-type',
    ],
    ['a status that is a list', { body: reported({ fwUpdateStatus: ['Current'] }, 6) }, 'wrong-type'],
    ['a status that nobody knows', { body: reported({ fwUpdateStatus: 'rebooting' }, 6) }, 'unknown-status'],
    [
      'a version of 65 characters',
      { body: reported({ ...downloading, currentFwVersion: '1'.repeat(65) }, 6) },
      'too-long',
    ],
    ['no $version', { body: reported(downloading, undefined) }, 'bad-version'],
    ['a $version that is a text', { body: reported(downloading, '6') }, 'bad-version'],
    ['a $version of eleven digits', { body: reported(downloading, 10_000_000_000) }, 'bad-version'],
    ['no device', without('deviceId'), 'bad-device-id'],
    [
      'a device that no hub would have',
      { properties: { ...base.properties, deviceId: 'a|b' } },
      'bad-device-id',
    ],
    ['metadata of another number', { misaligned: true }, 'misaligned-batch'],
  ] as const)('has %s and becomes a dead letter', (_what, changes, code) => {
    const change = readTwinChange(twinEvent(downloading, changes));
    expect(change).toMatchObject({ kind: 'dead-letter', code });
    expect(change.kind === 'dead-letter' && change.reason).toMatch(/^\S.{10,}/);
  });
});
