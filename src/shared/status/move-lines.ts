import type { DeviceName } from '../log-device.ts';
import type { LogFields } from '../log-events.ts';
import type { DeviceMove } from './device-move.ts';
import type { DeviceUpdateState } from './device-update.ts';
import { groupBy } from './group-by.ts';

/** Lines of single devices in one batch: a bad image must not cost more to log than to record. */
const LINES_A_BATCH = 20;

/** What a line of the last groups says instead of their many reasons. */
const MANY_REASONS = 'several other reasons';

/** One line for each rollout in the batch: how many devices entered each state, and the slowest download. */
export function movedLines(
  moves: readonly DeviceMove[],
  partition: string,
  deviceName: DeviceName,
): LogFields<'device-updates-moved'>[] {
  return [...groupBy(moves, ({ rollout }) => rollout.id).values()].flatMap((ofRollout) => {
    const [first] = ofRollout;
    if (first === undefined) return [];
    const slowest = slowestDownload(ofRollout);
    return [
      {
        ...releaseFields(first),
        partition,
        ...stateFields((state) => ofRollout.filter((move) => move.state === state).length),
        ...(slowest && { slowestDownloadMs: slowest.downloadMs, device: deviceName(slowest.deviceId) }),
      },
    ];
  });
}

/**
 * Lines of failed and reverted devices, the same ones counted together where there are too many: the sum of
 * `devices` is exact, whatever the bound.
 */
export function endedLines(
  moves: readonly DeviceMove[],
  deviceName: DeviceName,
  limit = LINES_A_BATCH,
): LogFields<'device-ended'>[] {
  const bad = moves.filter(({ state }) => state === 'Failed' || state === 'Reverted');
  if (bad.length <= limit) return bad.map((move) => endedLine(move, 1, deviceName));
  const groups = [
    ...groupBy(bad, ({ rollout, state, reason }) => `${rollout.id} ${state} ${reason}`).values(),
  ].toSorted((a, b) => b.length - a.length);
  const own = groups.slice(0, groups.length <= limit ? limit : limit - 1);
  const rest = groups.slice(own.length).flat();
  return [
    ...own.flatMap(([first, ...others]) => (first ? [endedLine(first, 1 + others.length, deviceName)] : [])),
    ...(rest[0] ? [endedLine({ ...rest[0], reason: MANY_REASONS }, rest.length, deviceName)] : []),
  ];
}

/** A count for each state under the name that it has in log lines. */
export function stateFields(countOf: (state: DeviceUpdateState) => number) {
  return {
    downloading: countOf('Downloading'),
    verifying: countOf('Verifying'),
    applying: countOf('Applying'),
    succeeded: countOf('Succeeded'),
    alreadyCurrent: countOf('AlreadyCurrent'),
    failed: countOf('Failed'),
    reverted: countOf('Reverted'),
  };
}

function endedLine(move: DeviceMove, devices: number, deviceName: DeviceName): LogFields<'device-ended'> {
  const { state, attempt, reason, attemptMs } = move;
  const device = deviceName(move.deviceId);
  return {
    ...releaseFields(move),
    state,
    attempt,
    reason,
    devices,
    ...(device !== undefined && { device }),
    ...(attemptMs !== undefined && { durationMs: attemptMs }),
  };
}

function releaseFields({ rollout }: DeviceMove) {
  return { rollout: rollout.id, deviceType: rollout.deviceType, version: rollout.version };
}

function slowestDownload(moves: readonly DeviceMove[]): DeviceMove | undefined {
  return moves.reduce<DeviceMove | undefined>(
    (slowest, move) =>
      move.downloadMs !== undefined && move.downloadMs > (slowest?.downloadMs ?? -1) ? move : slowest,
    undefined,
  );
}
