import { describe, expect, it } from 'vitest';
import type { FailureReason } from '../../../local/devkit/firmware-report.ts';
import {
  powerOn,
  step,
  type Device,
  type DeviceEvent,
  type Download,
  type Effect,
} from '../../../local/devkit/state-machine.ts';

const URI = 'https://h/firmware/FirmwareOTA.ino.bin';
const SECTION = { fwVersion: '1.0.1', fwPackageURI: URI, fwPackageCheckValue: 'd075', fwSize: 558_216 };
const RECEIVED: Download = { kind: 'received', size: 558_216, crc: 0xd075, holdsVersion: true };

const BOOTED: DeviceEvent = { kind: 'connected-after-boot' };
const POLLED: DeviceEvent = { kind: 'polled', at: new Date('2019-11-27T02:47:47.987Z') };

describe('the reports of an update, to the letter', () => {
  it('are Current, Downloading and Applying when all goes well', () => {
    const effects = run([BOOTED, desired(SECTION), POLLED, downloaded(RECEIVED)]);
    expect(effects.map(written)).toEqual([
      '{"type":"IoTDevKit","currentFwVersion":"1.0.0","pendingFwVersion":"","fwUpdateStatus":"Current","fwUpdateSubstatus":""}',
      `{"type":"IoTDevKit","currentFwVersion":"1.0.0","pendingFwVersion":"1.0.1","fwUpdateStatus":"Downloading","fwUpdateSubstatus":"${URI}","lastFwUpdateStartTime":"2019-11-27T02:47:47.0000000Z","lastFwUpdateEndTime":""}`,
      'download',
      '{"type":"IoTDevKit","currentFwVersion":"1.0.0","pendingFwVersion":"1.0.1","fwUpdateStatus":"Applying","fwUpdateSubstatus":"","lastFwUpdateStartTime":"2019-11-27T02:47:47.0000000Z","lastFwUpdateEndTime":"2019-11-27T02:48:40.0000000Z"}',
      'restart into 1.0.1',
    ]);
  });

  it('end with Error and without times when the check value is another', () => {
    const effects = run([BOOTED, desired(SECTION), POLLED, downloaded({ ...RECEIVED, crc: 1 })]);
    expect(effects.slice(3).map(written)).toEqual([
      '{"type":"IoTDevKit","currentFwVersion":"1.0.0","pendingFwVersion":"1.0.1","fwUpdateStatus":"Error","fwUpdateSubstatus":"VerifyFailed","lastFwUpdateStartTime":"","lastFwUpdateEndTime":""}',
    ]);
  });

  it('have a Verifying before the verdict on the build that reports it', () => {
    const device = fresh({ reportsVerifying: true });
    const applied = run([BOOTED, desired(SECTION), POLLED, downloaded(RECEIVED)], device);
    expect(statuses(applied)).toEqual(['Current', 'Downloading', 'Verifying', 'Applying']);
    expect(written(applied[3])).toBe(
      '{"type":"IoTDevKit","currentFwVersion":"1.0.0","pendingFwVersion":"1.0.1","fwUpdateStatus":"Verifying","fwUpdateSubstatus":"","lastFwUpdateStartTime":"2019-11-27T02:47:47.0000000Z","lastFwUpdateEndTime":""}',
    );
    const refused = run([BOOTED, desired(SECTION), POLLED, downloaded({ ...RECEIVED, crc: 1 })], device);
    expect(statuses(refused)).toEqual(['Current', 'Downloading', 'Verifying', 'Error']);
    const nothing = run(
      [BOOTED, desired(SECTION), POLLED, downloaded({ kind: 'failed', cause: '' })],
      device,
    );
    expect(statuses(nothing)).toEqual(['Current', 'Downloading', 'Error']);
  });
});

describe('the verdict on a download', () => {
  it.each<[string, Download, FailureReason]>([
    ['a failed one', { kind: 'failed', cause: 'status 404' }, 'DownloadFailed'],
    ['an empty one', { ...RECEIVED, size: 0 }, 'DownloadFailed'],
    ['one that does not fit into the flash', { kind: 'flash-full' }, 'DeviceError'],
    ['one of another size', { ...RECEIVED, size: 558_215 }, 'FileSizeNotMatch'],
    [
      'one of another size and check value: the size comes first',
      { ...RECEIVED, size: 1, crc: 1 },
      'FileSizeNotMatch',
    ],
    ['one of another check value', { ...RECEIVED, crc: 0xd076 }, 'VerifyFailed'],
  ])('on %s', (_, download, reason) => {
    expect(reasonAfter(SECTION, download)).toBe(reason);
  });

  it.each([
    ['a size as text is 0', { fwSize: '558216' }, 'FileSizeNotMatch'],
    ['a missing size is 0', { fwSize: undefined }, 'FileSizeNotMatch'],
    ['a size with a fraction is cut', { fwSize: 558_216.9 }, undefined],
    ['a size past an int saturates', { fwSize: 2 ** 32 + 558_216 }, 'FileSizeNotMatch'],
    ['a check value as a number is not read', { fwPackageCheckValue: 0xd075 }, 'VerifyFailed'],
    ['a missing check value is 0', { fwPackageCheckValue: undefined }, 'VerifyFailed'],
    ['a decimal check value is misread', { fwPackageCheckValue: '53365' }, 'VerifyFailed'],
    ['0x and upper case are fine', { fwPackageCheckValue: '0xD075' }, undefined],
    ['unknown members are ignored', { more: true }, undefined],
  ])('with the strict types of the device: %s', (_, change, reason) => {
    expect(reasonAfter({ ...SECTION, ...change }, RECEIVED)).toBe(reason);
  });

  it('restarts into the old version when the image does not hold the desired one', () => {
    const effects = run([BOOTED, desired(SECTION), POLLED, downloaded({ ...RECEIVED, holdsVersion: false })]);
    expect(effects.map(written).at(-1)).toBe('restart into 1.0.0');
  });
});

describe('what a poll looks at, in its order', () => {
  it('does nothing before anything was desired', () => {
    expect(run([BOOTED, POLLED])).toHaveLength(1);
  });

  it.each(['1.0.0', '0.9.9', '1.0', 'v1.0.0', ''])('silently ignores %j while 1.0.0 runs', (fwVersion) => {
    expect(run([BOOTED, desired({ ...SECTION, fwVersion }), POLLED])).toHaveLength(1);
  });

  it.each(['http://h/f.bin', 'HTTPS://h/f.bin', 'https', ''])('refuses the URI %j', (fwPackageURI) => {
    const effects = run([BOOTED, desired({ ...SECTION, fwPackageURI }), POLLED]);
    expect(statuses(effects)).toEqual(['Current', 'Error']);
    expect(substatus(effects[1])).toBe('URINotHTTPS');
  });

  it('refuses a missing URI', () => {
    const effects = run([BOOTED, desired({ ...SECTION, fwPackageURI: undefined }), POLLED]);
    expect(substatus(effects[1])).toBe('URINotHTTPS');
  });

  it('judges the URI before the version: an up-to-date device reports an error, too', () => {
    const effects = run([
      BOOTED,
      desired({ ...SECTION, fwVersion: '1.0.0', fwPackageURI: 'http://h' }),
      POLLED,
    ]);
    expect(statuses(effects)).toEqual(['Current', 'Error']);
  });

  it.each([{}, { firmware: null }, { firmware: 'x' }, { firmware: [] }, null, 7, 'text', undefined])(
    'keeps what it knows when %j arrives',
    (patch) => {
      const effects = run([BOOTED, desired(SECTION), { kind: 'desired-received', desired: patch }, POLLED]);
      expect(statuses(effects)).toEqual(['Current', 'Downloading']);
    },
  );

  it('takes a patch that lacks members for a section that lacks them', () => {
    const effects = run([BOOTED, desired(SECTION), desired({ fwVersion: '1.0.2' }), POLLED]);
    expect(substatus(effects[1])).toBe('URINotHTTPS');
  });

  it('cannot report what is not ASCII, but acts on it', () => {
    const effects = run([BOOTED, desired({ ...SECTION, fwVersion: '1.0.1\u00e9' }), POLLED]);
    expect(effects.map((effect) => effect.kind)).toEqual(['report', 'download']);
  });
});

describe('a device in Error', () => {
  const failed = [BOOTED, desired(SECTION), POLLED, downloaded({ kind: 'failed', cause: '' } as const)];

  it('ignores every further change', () => {
    const effects = run([...failed, desired({ ...SECTION, fwVersion: '1.0.2' }), POLLED, POLLED]);
    expect(statuses(effects)).toEqual(['Current', 'Downloading', 'Error']);
  });

  it('reports Current after a reset and tries again', () => {
    const effects = run([BOOTED, desired(SECTION), POLLED], powerOn(after(failed).build));
    expect(statuses(effects)).toEqual(['Current', 'Downloading']);
  });
});

describe('a device in the middle of an update', () => {
  it('finishes what it began with, whatever arrives meanwhile', () => {
    const newer = desired({ ...SECTION, fwVersion: '1.0.2', fwSize: 1 });
    const effects = run([BOOTED, desired(SECTION), POLLED, newer, POLLED, downloaded(RECEIVED)]);
    expect(statuses(effects)).toEqual(['Current', 'Downloading', 'Applying']);
    expect(written(effects.at(-1))).toBe('restart into 1.0.1');
  });
});

function fresh(change: Partial<Device['build']> = {}): Device {
  return powerOn({ deviceType: 'IoTDevKit', runningVersion: '1.0.0', reportsVerifying: false, ...change });
}

function desired(firmware: object): DeviceEvent {
  return { kind: 'desired-received', desired: { firmware } };
}

function downloaded(download: Download): DeviceEvent {
  return { kind: 'downloaded', download, at: new Date('2019-11-27T02:48:40.123Z') };
}

/** All effects of the events, one after the other. */
function run(events: DeviceEvent[], device = fresh()): Effect[] {
  const effects: Effect[] = [];
  let current = device;
  for (const event of events) {
    const next = step(current, event);
    current = next.device;
    effects.push(...next.effects);
  }
  return effects;
}

function after(events: DeviceEvent[]): Device {
  return events.reduce((device, event) => step(device, event).device, fresh());
}

function reasonAfter(section: object, download: Download): FailureReason | undefined {
  const { phase } = after([BOOTED, desired(section), POLLED, downloaded(download)]);
  expect(['failed', 'applying']).toContain(phase.kind);
  return phase.kind === 'failed' ? phase.reason : undefined;
}

function written(effect: Effect | undefined): string {
  if (effect?.kind === 'report') return JSON.stringify(effect.report);
  return effect?.kind === 'restart' ? `restart into ${effect.runningVersion}` : (effect?.kind ?? 'nothing');
}

function statuses(effects: Effect[]): string[] {
  return effects.flatMap((effect) => (effect.kind === 'report' ? [effect.report.fwUpdateStatus] : []));
}

function substatus(effect: Effect | undefined): string | undefined {
  return effect?.kind === 'report' ? effect.report.fwUpdateSubstatus : undefined;
}
