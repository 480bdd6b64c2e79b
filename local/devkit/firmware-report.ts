/** The states that a DevKit reports. The published sample never reports `Verifying`; an earlier one did. */
export type FwUpdateStatus = 'Current' | 'Downloading' | 'Verifying' | 'Applying' | 'Error';

/** Every reason that the published sample can give; the last cannot be reached with the shipped library. */
export type FailureReason =
  | 'URINotHTTPS'
  | 'DownloadFailed'
  | 'DeviceError'
  | 'FileSizeNotMatch'
  | 'VerifyFailed'
  | 'ApplyFirmwareFailed';

/**
 * The `firmware` object of one reported patch: all values are text, an empty one means "none". The two
 * times are absent (not empty) in the report of the boot, so that those of the last attempt stay in the twin.
 */
export interface FirmwareReport {
  type: string;
  currentFwVersion: string;
  pendingFwVersion: string;
  fwUpdateStatus: FwUpdateStatus;
  fwUpdateSubstatus: string;
  lastFwUpdateStartTime?: string;
  lastFwUpdateEndTime?: string;
}

/** Who reports: the literal type of the board and the version compiled into the running image. */
export interface Reporter {
  deviceType: string;
  runningVersion: string;
}

/** What changes from one report of an attempt to the next. */
export interface AttemptStatus {
  pending: string;
  status: Exclude<FwUpdateStatus, 'Current'>;
  substatus: string;
  startTime: string;
  endTime: string;
}

/** The report of the boot: five members. */
export function bootReport(reporter: Reporter): FirmwareReport {
  return head(reporter, '', 'Current', '');
}

/** A report of an update attempt: seven members, in the order in which the device writes them. */
export function attemptReport(reporter: Reporter, attempt: AttemptStatus): FirmwareReport {
  return {
    ...head(reporter, attempt.pending, attempt.status, attempt.substatus),
    lastFwUpdateStartTime: attempt.startTime,
    lastFwUpdateEndTime: attempt.endTime,
  };
}

/** UTC in whole seconds, with the seven zeros that the device's format string appends. */
export function deviceTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}.0000000Z`;
}

function head(
  reporter: Reporter,
  pending: string,
  status: FwUpdateStatus,
  substatus: string,
): FirmwareReport {
  return {
    type: reporter.deviceType,
    currentFwVersion: reporter.runningVersion,
    pendingFwVersion: pending,
    fwUpdateStatus: status,
    fwUpdateSubstatus: substatus,
  };
}
