import type { Measure } from '../telemetry/instruments.ts';
import type { DeviceMove } from './device-move.ts';
import type { EventBatch } from './event-batch.ts';
import type { BatchOutcome } from './ledger.ts';

/** Milliseconds from when the newest event was enqueued until now; 0 where the hub's clock is ahead. */
export function lagOf({ events }: Pick<EventBatch, 'events'>, now: Date): number {
  const newest = events.reduce((latest, { enqueuedAt }) => Math.max(latest, Date.parse(enqueuedAt)), 0);
  return newest === 0 ? 0 : Math.max(0, now.getTime() - newest);
}

export function measureBatch(
  measure: Measure,
  { events, reports, deadLettered }: BatchOutcome,
  durationMs: number,
  lagMs: number,
): void {
  measure('ota.batch.size', events, {});
  measure('ota.batch.duration', durationMs / 1000, {});
  measure('ota.ingest.lag', lagMs / 1000, {});
  measure('ota.events', reports, { outcome: 'report' });
  measure('ota.events', deadLettered, { outcome: 'dead-letter' });
  // A report may become a dead letter later than it was counted as a report: never less than none.
  measure('ota.events', Math.max(0, events - reports - deadLettered), { outcome: 'skipped' });
}

export function measureMoves(measure: Measure, moves: readonly DeviceMove[]): void {
  for (const { state, attemptMs, downloadMs, sinceRolloutMs } of moves) {
    if (downloadMs !== undefined) measure('ota.device.download.duration', downloadMs / 1000, {});
    if (state === 'Downloading' || state === 'Verifying' || state === 'Applying') continue;
    measure('ota.device.ends', 1, { state });
    if (attemptMs !== undefined) measure('ota.device.attempt.duration', attemptMs / 1000, { state });
    if (sinceRolloutMs !== undefined) measure('ota.device.since_rollout', sinceRolloutMs / 1000, { state });
  }
}
