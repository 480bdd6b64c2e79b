import { sameVersion } from '../firmware/version.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { closeHole, openHole, type Hole } from './holes.ts';
import { nextStep, type Note, type Step } from './state-machine.ts';
import type { ReportedStatus } from './reported-firmware.ts';
import type { DeviceReport } from './twin-change.ts';

/** Where a device is on its way through one rollout; the last four are ends. */
export const deviceUpdateStates = [
  'Downloading',
  'Verifying',
  'Applying',
  'Succeeded',
  'AlreadyCurrent',
  'Failed',
  'Reverted',
] as const;
export type DeviceUpdateState = (typeof deviceUpdateStates)[number];

/** One device's way through one rollout, without its history. Times are RFC 3339, UTC. */
export interface DeviceUpdate {
  readonly state: DeviceUpdateState;
  /** 1 for the first; an end is final for its attempt. */
  readonly attempt: number;
  /** Since when `state` holds: the device's time where it is plausible, else the hub's. */
  readonly since: string;
  readonly attemptSince: string;
  readonly firstSeenAt: string;
  /** Hub time of the newest report that was applied. */
  readonly lastReportAt: string;
  /** What the device runs as far as it said; empty where it never did. */
  readonly currentVersion: string;
  /** Why the newest attempt failed, in the device's words; empty unless `Failed`. */
  readonly reason: string;
  /** In a working state again after an attempt that failed or fell back. */
  readonly retrying: boolean;
  /** How often the device was re-created in the hub since it was first seen. */
  readonly life: number;
  readonly lifeSince: string;
  /** The first and the newest applied `reported.$version` of this life. */
  readonly firstVersion: number;
  readonly lastVersion: number;
  /** How many reports the history holds, and how many versions lie between them that no report told of. */
  readonly entries: number;
  readonly missed: number;
  /** Those of the missed versions that a late report may still fill, of this life. */
  readonly holes: readonly Hole[];
}

/** One report, as the history keeps it. */
export interface HistoryEntry {
  readonly life: number;
  readonly version: number;
  readonly status: ReportedStatus;
  /** The state after this report and its attempt; absent for a late one, which changed neither. */
  readonly state?: DeviceUpdateState;
  readonly attempt?: number;
  readonly hubTime: string;
  /** By the device's own clock, as it was reported. */
  readonly deviceTime?: string;
  readonly currentVersion?: string;
  readonly substatus?: string;
  readonly note?: Note | 'late';
}

export type Evolution =
  /** `repeated`: known already. `former-life`: older than the re-creation. `not-concerned`: tells nothing of this rollout. */
  | { readonly kind: 'unchanged'; readonly reason: 'repeated' | 'former-life' | 'not-concerned' }
  | { readonly kind: 'recorded'; readonly next: DeviceUpdate; readonly entry: HistoryEntry };

/**
 * `$version` and the hub's time grow together while a device lives. Where they contradict each other by
 * more than this, the device was deleted and created again in between. The margin is for the clocks of
 * the hub's own machines.
 */
const RECREATION_MARGIN_MS = 60_000;
/** A device's clock is believed where it says no more than this before or after the hub. */
const DEVICE_CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * What one report makes of a device update; `current` is undefined where the device was not yet seen in
 * this rollout. Reports may be repeated and come late: only one with a newer `$version` changes the state,
 * an older one fills the hole that it left in the history. Pure and total.
 */
export function evolve(current: DeviceUpdate | undefined, report: DeviceReport, rollout: Rollout): Evolution {
  if (current === undefined) return firstSight(report, rollout);
  const place = placeOf(current, report);
  if (place === 'former-life') return { kind: 'unchanged', reason: 'former-life' };
  if (place === 'late') return late(current, report, rollout);
  const step = nextStep(current, sight(report, rollout, current), report.firmware.status);
  return step === undefined ? { kind: 'unchanged', reason: 'not-concerned' } : apply(current, report, step);
}

/** How a report lies to what was applied: after it, among it, or before the device was created again. */
export function placeOf(current: DeviceUpdate, report: DeviceReport): 'newer' | 'late' | 'former-life' {
  if (isOfFormerLife(current, report)) return 'former-life';
  return report.version > current.lastVersion || isRecreated(current, report) ? 'newer' : 'late';
}

/** What a report shows of the device, seen from the rollout: what it runs and whether an update has run. */
function sight(report: DeviceReport, rollout: Rollout, current: DeviceUpdate | undefined) {
  const running = report.firmware.currentVersion ?? current?.currentVersion ?? '';
  return {
    runs: running === '' ? 'unknown' : sameVersion(running, rollout.version) ? 'target' : 'other',
    updatedSinceStart: hasUpdateTimes(report, rollout),
  } as const;
}

/** A merged report tells of an update by its times: one that began before the rollout was another one. */
function hasUpdateTimes({ firmware }: DeviceReport, rollout: Rollout): boolean {
  const begun = firmware.startedAt ?? firmware.endedAt;
  return begun !== undefined && Date.parse(begun) >= Date.parse(rollout.createdAt);
}

function firstSight(report: DeviceReport, rollout: Rollout): Evolution {
  const step = nextStep(undefined, sight(report, rollout, undefined), report.firmware.status);
  if (step === undefined) return { kind: 'unchanged', reason: 'not-concerned' };
  const since = stateTime(report, '');
  const { version, hubTime, firmware } = report;
  const next: DeviceUpdate = {
    state: step.state,
    attempt: 1,
    since,
    attemptSince: since,
    firstSeenAt: since,
    lastReportAt: hubTime,
    currentVersion: firmware.currentVersion ?? '',
    reason: step.state === 'Failed' ? firmware.substatus : '',
    retrying: false,
    life: 0,
    lifeSince: hubTime,
    firstVersion: version,
    lastVersion: version,
    entries: 1,
    missed: 0,
    holes: [],
  };
  return { kind: 'recorded', next, entry: entryOf(report, next, step.note) };
}

function apply(current: DeviceUpdate, report: DeviceReport, step: Step): Evolution {
  const { version, hubTime, firmware } = report;
  const attempt = current.attempt + (step.newAttempt ? 1 : 0);
  const moved = step.newAttempt || step.state !== current.state;
  const since = moved ? stateTime(report, current.since) : current.since;
  const next: DeviceUpdate = {
    ...current,
    ...versionsAfter(current, report),
    state: step.state,
    attempt,
    since,
    attemptSince: step.newAttempt ? since : current.attemptSince,
    lastReportAt: hubTime > current.lastReportAt ? hubTime : current.lastReportAt,
    currentVersion: firmware.currentVersion ?? current.currentVersion,
    reason: step.state !== 'Failed' ? '' : moved ? firmware.substatus : current.reason,
    retrying: isWorking(step.state) && (current.retrying || endedBadly(current.state)),
    entries: current.entries + 1,
  };
  const note = version <= current.lastVersion ? 'recreated' : step.note;
  return { kind: 'recorded', next, entry: entryOf(report, next, note) };
}

function isWorking(state: DeviceUpdateState): boolean {
  return state === 'Downloading' || state === 'Verifying' || state === 'Applying';
}

function endedBadly(state: DeviceUpdateState): boolean {
  return state === 'Failed' || state === 'Reverted';
}

function versionsAfter(current: DeviceUpdate, { version, hubTime }: DeviceReport) {
  if (version <= current.lastVersion) {
    return {
      life: current.life + 1,
      lifeSince: hubTime,
      firstVersion: version,
      lastVersion: version,
      holes: [],
    };
  }
  const skipped = version - current.lastVersion - 1;
  const holes = openHole(current.holes, current.lastVersion + 1, version - 1);
  return { lastVersion: version, missed: current.missed + skipped, holes };
}

/** An old report: it may only complete the history. One that names another version never belonged here for certain. */
function late(current: DeviceUpdate, report: DeviceReport, rollout: Rollout): Evolution {
  const { version, firmware } = report;
  const elsewhere = firmware.status === 'Current' && sight(report, rollout, undefined).runs !== 'target';
  if (elsewhere) return { kind: 'unchanged', reason: 'not-concerned' };
  const entry = entryOf(report, { life: current.life }, 'late');
  if (version < current.firstVersion) {
    const next = {
      ...current,
      firstVersion: version,
      entries: current.entries + 1,
      missed: current.missed + current.firstVersion - version - 1,
      holes: openHole(current.holes, version + 1, current.firstVersion - 1),
    };
    return { kind: 'recorded', next, entry };
  }
  const holes = closeHole(current.holes, version);
  if (holes === undefined) return { kind: 'unchanged', reason: 'repeated' };
  const next = { ...current, entries: current.entries + 1, missed: current.missed - 1, holes };
  return { kind: 'recorded', next, entry };
}

/** A smaller version than the newest, but much later. */
function isRecreated(current: DeviceUpdate, report: DeviceReport): boolean {
  return (
    report.hubTimeIsExact && millisecondsAfter(report.hubTime, current.lastReportAt) > RECREATION_MARGIN_MS
  );
}

/** From before the device was created again: a larger version than the newest, but much earlier. */
function isOfFormerLife(current: DeviceUpdate, report: DeviceReport): boolean {
  if (current.life > 0 && report.hubTime < current.lifeSince) return true;
  const isLarger = report.version > current.lastVersion;
  return isLarger && millisecondsAfter(current.lastReportAt, report.hubTime) > RECREATION_MARGIN_MS;
}

function millisecondsAfter(later: string, earlier: string): number {
  return Date.parse(later) - Date.parse(earlier);
}

/**
 * When the reported state began. The device's own time is the better one where reports were merged or
 * delayed, but its clock may be unset; never after the hub's time, never before the state before it.
 */
function stateTime(report: DeviceReport, notBefore: string): string {
  const byDevice = deviceTime(report);
  const offset = byDevice === undefined ? Number.NaN : millisecondsAfter(byDevice, report.hubTime);
  const believed = byDevice !== undefined && Math.abs(offset) <= DEVICE_CLOCK_TOLERANCE_MS && offset < 0;
  const time = believed ? byDevice : report.hubTime;
  return time > notBefore ? time : notBefore;
}

/** The time in the report that belongs to its status. */
function deviceTime({ firmware }: DeviceReport): string | undefined {
  switch (firmware.status) {
    case 'Downloading':
      return firmware.startedAt;
    case 'Applying':
      return firmware.endedAt;
    case 'Verifying':
    case 'Current':
    case 'Error':
      return undefined;
  }
}

function entryOf(
  report: DeviceReport,
  after: Pick<DeviceUpdate, 'life'> & Partial<Pick<DeviceUpdate, 'state' | 'attempt'>>,
  note: HistoryEntry['note'],
): HistoryEntry {
  const { version, hubTime, firmware } = report;
  const time = deviceTime(report);
  return {
    life: after.life,
    version,
    status: firmware.status,
    hubTime,
    ...(after.state !== undefined && { state: after.state }),
    ...(after.attempt !== undefined && { attempt: after.attempt }),
    ...(time !== undefined && { deviceTime: time }),
    ...(firmware.currentVersion !== undefined && { currentVersion: firmware.currentVersion }),
    ...(firmware.substatus !== '' && { substatus: firmware.substatus }),
    ...(note !== undefined && { note }),
  };
}
