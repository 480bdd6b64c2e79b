import type { DeviceUpdateState } from './device-update.ts';
import type { ReportedStatus } from './reported-firmware.ts';

/** What a report shows, seen from one rollout. */
export interface Sight {
  /** Whether the device runs the rollout's version. */
  readonly runs: 'target' | 'other' | 'unknown';
  /** The report itself carries times of an update that began after the rollout was created. */
  readonly updatedSinceStart: boolean;
}

/** What happened beside the state: a restart in the middle of a download, a device that was created anew. */
export type Note = 'restarted' | 'recreated';

export interface Step {
  readonly state: DeviceUpdateState;
  readonly newAttempt: boolean;
  readonly note?: Note;
}

interface Before {
  readonly state: DeviceUpdateState;
}

/**
 * The state after a newer report; undefined where the report tells nothing of this rollout. `before` is
 * undefined at first sight. The rules in words are in docs/ledger.md.
 */
export function nextStep(before: Before | undefined, sight: Sight, status: ReportedStatus): Step | undefined {
  switch (status) {
    case 'Downloading':
    case 'Verifying':
    case 'Applying':
      return working(before?.state, status);
    case 'Error':
      // A device at the target that reports an error complains about something else: it needs no update.
      return sight.runs === 'target' ? atTarget(before?.state, sight) : failed(before?.state);
    case 'Current':
      return sight.runs === 'target' ? atTarget(before?.state, sight) : elsewhere(before?.state, sight);
  }
}

function working(
  before: DeviceUpdateState | undefined,
  status: 'Downloading' | 'Verifying' | 'Applying',
): Step {
  switch (before) {
    case undefined:
    case 'Downloading':
    case 'Verifying':
      return { state: status, newAttempt: false };
    case 'Applying':
      // It began again: how the attempt before ended was not seen.
      return { state: status, newAttempt: status === 'Downloading' };
    case 'Succeeded':
    case 'AlreadyCurrent':
    case 'Failed':
    case 'Reverted':
      return { state: status, newAttempt: true };
  }
}

function failed(before: DeviceUpdateState | undefined): Step {
  switch (before) {
    case undefined:
    case 'Downloading':
    case 'Verifying':
    case 'Applying':
    case 'Failed':
      return { state: 'Failed', newAttempt: false };
    case 'Succeeded':
    case 'AlreadyCurrent':
    case 'Reverted':
      return { state: 'Failed', newAttempt: true };
  }
}

function atTarget(before: DeviceUpdateState | undefined, sight: Sight): Step {
  switch (before) {
    case undefined:
      return { state: sight.updatedSinceStart ? 'Succeeded' : 'AlreadyCurrent', newAttempt: false };
    case 'Downloading':
    case 'Verifying':
    case 'Applying':
      return { state: 'Succeeded', newAttempt: false };
    case 'Succeeded':
    case 'AlreadyCurrent':
      return { state: before, newAttempt: false };
    case 'Failed':
    case 'Reverted':
      // Their ends are final: an attempt that was not seen brought it there.
      return { state: 'Succeeded', newAttempt: true };
  }
}

function elsewhere(before: DeviceUpdateState | undefined, sight: Sight): Step | undefined {
  switch (before) {
    case undefined:
    case 'Succeeded':
    case 'AlreadyCurrent':
      return undefined;
    case 'Applying':
      return sight.runs === 'other'
        ? { state: 'Reverted', newAttempt: false }
        : { state: before, newAttempt: false, note: 'restarted' };
    case 'Downloading':
    case 'Verifying':
      return { state: before, newAttempt: false, note: 'restarted' };
    case 'Failed':
    case 'Reverted':
      return { state: before, newAttempt: false };
  }
}
