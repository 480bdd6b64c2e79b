import type { Rollout } from '../rollout/rollout.ts';
import type { DevicePlan } from './device-plan.ts';
import type { DeviceUpdateState, HistoryEntry } from './device-update.ts';

/** A device entered a state of a rollout. Durations are milliseconds by the hub's clock, as far as they are known. */
export interface DeviceMove {
  readonly rollout: Rollout;
  readonly deviceId: string;
  readonly state: DeviceUpdateState;
  readonly attempt: number;
  /** Of a failure, in the device's words; else empty. */
  readonly reason: string;
  /** From the beginning of the attempt to its end; absent before the end. */
  readonly attemptMs?: number;
  /** How long the download took that is over now; absent where it failed or was not seen. */
  readonly downloadMs?: number;
  /** From the creation of the rollout to the end; absent before the end. */
  readonly sinceRolloutMs?: number;
}

/** Told of each move when it is written down, once: what is repeated moves nothing. */
export type Moved = (move: DeviceMove) => void;

interface Position {
  readonly state: DeviceUpdateState;
  readonly attempt: number;
  readonly since: number;
  readonly attemptSince: number;
}

/** The moves that a plan writes down, in their order; a batch may hold several of one device. Pure. */
export function movesOf(
  { deviceId, before, entries }: Pick<DevicePlan, 'deviceId' | 'before' | 'entries'>,
  rollout: Rollout,
): DeviceMove[] {
  let at = before === 'absent' ? undefined : positionOf(before.update);
  const moves: DeviceMove[] = [];
  for (const entry of entries) {
    const next = positionAfter(at, entry);
    if (next === undefined || (at?.state === next.state && at.attempt === next.attempt)) continue;
    const reason = next.state === 'Failed' ? (entry.substatus ?? '') : '';
    const { state, attempt } = next;
    moves.push({ rollout, deviceId, state, attempt, reason, ...durations(at, next, rollout) });
    at = next;
  }
  return moves;
}

function positionOf(update: {
  readonly state: DeviceUpdateState;
  readonly attempt: number;
  readonly since: string;
  readonly attemptSince: string;
}): Position {
  const { state, attempt, since, attemptSince } = update;
  return { state, attempt, since: Date.parse(since), attemptSince: Date.parse(attemptSince) };
}

/** Undefined for a late entry, which moves nothing. */
function positionAfter(
  at: Position | undefined,
  { state, attempt, hubTime }: HistoryEntry,
): Position | undefined {
  if (state === undefined || attempt === undefined) return undefined;
  const since = Date.parse(hubTime);
  return { state, attempt, since, attemptSince: at?.attempt === attempt ? at.attemptSince : since };
}

function durations(at: Position | undefined, next: Position, rollout: Rollout) {
  const isSameAttempt = at?.attempt === next.attempt;
  const downloaded = isSameAttempt && at.state === 'Downloading' && next.state !== 'Failed';
  const ended = isEnd(next.state);
  return {
    ...(downloaded && { downloadMs: notNegative(next.since - at.since) }),
    // An end at first sight tells nothing of how long it took.
    ...(ended && isSameAttempt && { attemptMs: notNegative(next.since - next.attemptSince) }),
    ...(ended && { sinceRolloutMs: notNegative(next.since - Date.parse(rollout.createdAt)) }),
  };
}

/** Clocks of the hub's machines, and the device's own, may differ. */
function notNegative(milliseconds: number): number {
  return Math.max(0, milliseconds);
}

function isEnd(state: DeviceUpdateState): boolean {
  switch (state) {
    case 'Downloading':
    case 'Verifying':
    case 'Applying':
      return false;
    case 'Succeeded':
    case 'AlreadyCurrent':
    case 'Failed':
    case 'Reverted':
      return true;
  }
}
