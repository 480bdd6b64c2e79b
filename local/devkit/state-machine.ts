/**
 * The DevKit's update logic as a pure function: which checks in which order, what is reported when, and
 * what then has to be done. Connections, downloads and time are the caller's.
 */
import { parseCheckValue } from './check-value.ts';
import { readDesiredFirmware, type DesiredFirmware } from './desired-firmware.ts';
import {
  attemptReport,
  bootReport,
  deviceTime,
  type FailureReason,
  type FirmwareReport,
} from './firmware-report.ts';
import { unreachable } from './unreachable.ts';
import { versionOrder } from './version-order.ts';

/** What is compiled into the image that the device runs. */
export interface Build {
  deviceType: string;
  runningVersion: string;
  /** True for the early sample, which also reported `Verifying`. */
  reportsVerifying: boolean;
}

/** Where the device is. `failed` is sticky: only a reset leaves it. */
export type Phase =
  | { kind: 'booting' }
  | { kind: 'idle' }
  | { kind: 'downloading'; firmware: DesiredFirmware; startTime: string }
  | { kind: 'applying'; firmware: DesiredFirmware }
  | { kind: 'failed'; firmware: DesiredFirmware; reason: FailureReason };

/** The device's RAM: a reset loses everything but the build. */
export interface Device {
  build: Build;
  phase: Phase;
  /** What was last received as desired. */
  desired: DesiredFirmware | undefined;
}

/** What became of the one GET. */
export type Download =
  | { kind: 'received'; size: number; crc: number; holdsVersion: boolean }
  | { kind: 'flash-full' }
  | { kind: 'failed'; cause: string };

export type DeviceEvent =
  | { kind: 'connected-after-boot' }
  | { kind: 'desired-received'; desired: unknown }
  | { kind: 'polled'; at: Date }
  | { kind: 'downloaded'; download: Download; at: Date };

/** What to do next, in this order, each finished before the next. */
export type Effect =
  | { kind: 'report'; report: FirmwareReport }
  | { kind: 'download'; firmware: DesiredFirmware }
  /** Count down and restart; `runningVersion` is what the new image says that it is. */
  | { kind: 'restart'; runningVersion: string };

export interface Step {
  device: Device;
  effects: Effect[];
}

/** The device at power-on or after a reset. */
export function powerOn(build: Build): Device {
  return { build, phase: { kind: 'booting' }, desired: undefined };
}

/** Advances the device by one event. Never throws: every desired section has an outcome. */
export function step(device: Device, event: DeviceEvent): Step {
  switch (event.kind) {
    case 'connected-after-boot':
      return { device: { ...device, phase: { kind: 'idle' } }, effects: report(bootReport(device.build)) };
    case 'desired-received': {
      const desired = readDesiredFirmware(event.desired) ?? device.desired;
      return { device: { ...device, desired }, effects: [] };
    }
    case 'polled':
      return checkNewFirmware(device, event.at);
    case 'downloaded':
      return finishDownload(device, event.download, event.at);
    default:
      return unreachable(event);
  }
}

/** The URI is judged before the version: even an up-to-date device reports an error for a plain http one. */
function checkNewFirmware(device: Device, at: Date): Step {
  const { build, phase, desired: firmware } = device;
  if (phase.kind !== 'idle' || firmware === undefined) return { device, effects: [] };
  if (!firmware.uri.startsWith('https:')) return fail(device, firmware, 'URINotHTTPS');
  if (versionOrder(firmware.version, build.runningVersion) !== 1) return { device, effects: [] };

  const startTime = deviceTime(at);
  return {
    device: { ...device, phase: { kind: 'downloading', firmware, startTime } },
    effects: [
      ...report(
        attemptReport(build, {
          pending: firmware.version,
          status: 'Downloading',
          substatus: firmware.uri,
          startTime,
          endTime: '',
        }),
      ),
      { kind: 'download', firmware },
    ],
  };
}

/** Judges against the section that the download began with, whatever has been received meanwhile. */
function finishDownload(device: Device, download: Download, at: Date): Step {
  const { build, phase } = device;
  if (phase.kind !== 'downloading') return { device, effects: [] };
  const { firmware, startTime } = phase;
  const failure = judge(firmware, download);
  const verifying =
    build.reportsVerifying && hasContent(download)
      ? report(
          attemptReport(build, {
            pending: firmware.version,
            status: 'Verifying',
            substatus: '',
            startTime,
            endTime: '',
          }),
        )
      : [];
  if (failure !== undefined) {
    const failed = fail(device, firmware, failure);
    return { ...failed, effects: [...verifying, ...failed.effects] };
  }
  const applying = attemptReport(build, {
    pending: firmware.version,
    status: 'Applying',
    substatus: '',
    startTime,
    endTime: deviceTime(at),
  });
  const holdsVersion = download.kind === 'received' && download.holdsVersion;
  const runningVersion = holdsVersion ? firmware.version : build.runningVersion;
  return {
    device: { ...device, phase: { kind: 'applying', firmware } },
    effects: [...verifying, ...report(applying), { kind: 'restart', runningVersion }],
  };
}

/** The result of the download first, then the size, then the check value. */
function judge(firmware: DesiredFirmware, download: Download): FailureReason | undefined {
  switch (download.kind) {
    case 'failed':
      return 'DownloadFailed';
    case 'flash-full':
      return 'DeviceError';
    case 'received':
      if (download.size === 0) return 'DownloadFailed';
      if (download.size !== firmware.size) return 'FileSizeNotMatch';
      return download.crc === parseCheckValue(firmware.checkValue) ? undefined : 'VerifyFailed';
    default:
      return unreachable(download);
  }
}

function hasContent(download: Download): boolean {
  return download.kind === 'received' && download.size > 0;
}

/** Both times are empty in an error report. */
function fail(device: Device, firmware: DesiredFirmware, reason: FailureReason): Step {
  const failure = attemptReport(device.build, {
    pending: firmware.version,
    status: 'Error',
    substatus: reason,
    startTime: '',
    endTime: '',
  });
  return {
    device: { ...device, phase: { kind: 'failed', firmware, reason } },
    effects: report(failure),
  };
}

/** The device's JSON writer gives up on any byte above 127: such a report is never sent. */
function report(content: FirmwareReport): Effect[] {
  const ascii = Object.values(content).every((value: string) => /^[\0-\x7f]*$/.test(value));
  return ascii ? [{ kind: 'report', report: content }] : [];
}
