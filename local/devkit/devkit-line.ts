import { unreachable } from './unreachable.ts';
import type { FwUpdateStatus } from './firmware-report.ts';
import type { Download } from './state-machine.ts';

/** One thing that happened to a device. Holds no secret but what a download URI carries in `substatus`. */
export type DevKitLine<Time = Date> = { deviceId: string; at: Time } & DevKitHappening;

export type DevKitHappening =
  | { kind: 'connected' }
  | { kind: 'disconnected'; reason: string }
  | { kind: 'connect-failed'; reason: string; retryInMs: number }
  | {
      kind: 'reported';
      status: FwUpdateStatus;
      runningVersion: string;
      pendingVersion: string;
      substatus: string;
    }
  /** Not acknowledged twice; the hub may have it or not. */
  | { kind: 'report-lost'; status: FwUpdateStatus }
  | { kind: 'downloaded'; download: Download }
  | { kind: 'restarting'; runningVersion: string };

/** The line for people: time, device, what happened. */
export function formatLine(line: DevKitLine): string {
  return `${line.at.toISOString().slice(11, 19)} ${line.deviceId}: ${describe(line)}`;
}

function describe(line: DevKitHappening): string {
  switch (line.kind) {
    case 'connected':
      return 'connected to the hub';
    case 'disconnected':
      return `lost the hub: ${line.reason}`;
    case 'connect-failed':
      return `cannot connect: ${line.reason}; next try in ${(line.retryInMs / 1000).toFixed(1)} s`;
    case 'reported':
      return describeReport(line);
    case 'report-lost':
      return `the report of ${line.status} was not acknowledged and is given up`;
    case 'downloaded':
      return describeDownload(line.download);
    case 'restarting':
      return `restarting into ${line.runningVersion}`;
    default:
      return unreachable(line);
  }
}

/** The query of a download URI may hold a signature: it is not printed. */
function describeReport(line: Extract<DevKitHappening, { kind: 'reported' }>): string {
  const pending = line.pendingVersion === '' ? '' : ` -> ${line.pendingVersion}`;
  const substatus = line.substatus === '' ? '' : ` (${line.substatus.replace(/\?.*$/s, '')})`;
  return `${line.status} ${line.runningVersion}${pending}${substatus}`;
}

function describeDownload(download: Download): string {
  switch (download.kind) {
    case 'received':
      return `received ${download.size} bytes, CRC 0x${download.crc.toString(16).padStart(4, '0')}`;
    case 'flash-full':
      return 'the image does not fit into the OTA area';
    case 'failed':
      return `the download failed: ${download.cause}`;
    default:
      return unreachable(download);
  }
}
