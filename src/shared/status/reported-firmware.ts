import { cleanText } from '../redact.ts';
import { parseTimestamp } from './timestamp.ts';

/** The five values of `fwUpdateStatus`, as the device's library defines them. */
export const reportedStatuses = ['Current', 'Downloading', 'Verifying', 'Applying', 'Error'] as const;
export type ReportedStatus = (typeof reportedStatuses)[number];

/**
 * What a device wrote into `properties.reported.firmware`. A member that the patch did not hold is
 * absent: the twin keeps its former value. An empty string of the device means "none".
 */
export interface ReportedFirmware {
  readonly status: ReportedStatus;
  readonly deviceType?: string;
  readonly currentVersion?: string;
  readonly pendingVersion?: string;
  /** The reason after an Error, the download URL while Downloading; without secrets. */
  readonly substatus: string;
  /** By the device's clock, which may be wrong; RFC 3339. */
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export type FirmwareReading =
  | { readonly kind: 'firmware'; readonly firmware: ReportedFirmware }
  | { readonly kind: 'no-status' }
  | { readonly kind: 'unreadable'; readonly code: UnreadableFirmware; readonly reason: string };

export type UnreadableFirmware = 'wrong-type' | 'unknown-status' | 'too-long';

/** Longest status, type and version; a longer substatus is cut, a longer version is not one. */
const NAME_LIMIT = 64;
const SUBSTATUS_LIMIT = 1024;

const MEMBERS = [
  'type',
  'currentFwVersion',
  'pendingFwVersion',
  'fwUpdateStatus',
  'fwUpdateSubstatus',
  'lastFwUpdateStartTime',
  'lastFwUpdateEndTime',
] as const;
type Member = (typeof MEMBERS)[number];

/**
 * Reads the object `firmware` of reported properties. Extra members are ignored, `null` is an absent
 * member, statuses are read without regard to case (the first DevKit samples wrote them in lower case).
 */
export function readReportedFirmware(firmware: Readonly<Record<string, unknown>>): FirmwareReading {
  const members: Partial<Record<Member, string>> = {};
  for (const name of MEMBERS) {
    const value = firmware[name] ?? undefined;
    if (value !== undefined && typeof value !== 'string') {
      return unreadable(
        'wrong-type',
        `${name} is a ${Array.isArray(value) ? 'array' : typeof value}, not a string`,
      );
    }
    if (value !== undefined) members[name] = value;
  }
  if (members.fwUpdateStatus === undefined) return { kind: 'no-status' };
  const status = knownStatus(members.fwUpdateStatus);
  if (status === undefined) {
    const shown = cleanText(members.fwUpdateStatus, NAME_LIMIT);
    return unreadable(
      'unknown-status',
      `fwUpdateStatus "${shown}" is none of ${reportedStatuses.join(', ')}`,
    );
  }
  for (const name of ['type', 'currentFwVersion', 'pendingFwVersion'] as const) {
    if ((members[name]?.length ?? 0) > NAME_LIMIT) {
      return unreadable('too-long', `${name} is longer than ${NAME_LIMIT} characters`);
    }
  }
  return { kind: 'firmware', firmware: firmwareOf(status, members) };
}

function firmwareOf(status: ReportedStatus, members: Partial<Record<Member, string>>): ReportedFirmware {
  const deviceType = named(members.type);
  const currentVersion = named(members.currentFwVersion);
  const pendingVersion = named(members.pendingFwVersion);
  const startedAt = parseTimestamp(members.lastFwUpdateStartTime);
  const endedAt = parseTimestamp(members.lastFwUpdateEndTime);
  return {
    status,
    substatus: cleanText(members.fwUpdateSubstatus ?? '', SUBSTATUS_LIMIT),
    ...(deviceType !== undefined && { deviceType }),
    ...(currentVersion !== undefined && { currentVersion }),
    ...(pendingVersion !== undefined && { pendingVersion }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
  };
}

/** An empty text is how the device says "none". */
function named(text: string | undefined): string | undefined {
  return text ? cleanText(text, NAME_LIMIT) : undefined;
}

function knownStatus(text: string): ReportedStatus | undefined {
  const lower = text.trim().toLowerCase();
  return reportedStatuses.find((status) => status.toLowerCase() === lower);
}

function unreadable(code: UnreadableFirmware, reason: string): FirmwareReading {
  return { kind: 'unreadable', code, reason };
}
