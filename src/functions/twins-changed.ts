import { app, type InvocationContext } from '@azure/functions';
import type { DeviceName } from '../shared/log-device.ts';
import { errorFields, logEvent } from '../shared/log.ts';
import type { DeviceMove } from '../shared/status/device-move.ts';
import type { EventBatch } from '../shared/status/event-batch.ts';
import type { BatchOutcome, Ledger } from '../shared/status/ledger.ts';
import type { Measure } from '../shared/telemetry/instruments.ts';
import { lagOf, measureBatch, measureMoves } from '../shared/status/batch-measurements.ts';
import { newDevices } from '../shared/status/new-devices.ts';

export interface TwinsChangedOptions {
  /** The Event Hub that the hub's route for twin-change events ends in. */
  readonly eventHubName: string;
  /** The name of the setting that holds its connection. */
  readonly connection: string;
  /** One of its own: checkpoints are kept by consumer group. */
  readonly consumerGroup: string;
  /** Made at the first event. */
  readonly ledger: () => Promise<Pick<Ledger, 'recordBatch'>>;
  /** Gives new devices what a staged rollout selects them by. */
  readonly tagNewDevices: (deviceIds: readonly string[]) => Promise<void>;
  /** What of a device's id goes into the log. */
  readonly deviceName: DeviceName;
  readonly measure: Measure;
}

/**
 * Registers the function `twins-changed`, which records what devices report. The app must have the
 * capability `IncludeEmptyEntriesInMessagePayload`.
 *
 * The host moves its checkpoint even past a batch that threw, unless a retry policy holds it: so it
 * retries without end. Only passing faults throw; what can never be recorded is a dead letter.
 */
export function registerTwinsChanged(options: TwinsChangedOptions): void {
  app.eventHub('twins-changed', {
    eventHubName: options.eventHubName,
    connection: options.connection,
    consumerGroup: options.consumerGroup,
    cardinality: 'many',
    retry: {
      strategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { minutes: 1 },
    },
    handler: async (bodies: unknown, context) => recordTwinChanges(bodies, context, options),
  });
}

async function recordTwinChanges(
  bodies: unknown,
  context: InvocationContext,
  options: TwinsChangedOptions,
): Promise<void> {
  const startedAt = performance.now();
  const { readTriggerBatch } = await import('../shared/status/trigger-batch.ts');
  const batch = readTriggerBatch(
    Array.isArray(bodies) ? bodies : [bodies],
    context.triggerMetadata ?? {},
    new Date(),
  );
  const ledger = await options.ledger();
  const moves: DeviceMove[] = [];
  try {
    const outcome = await ledger.recordBatch(batch, (move) => moves.push(move));
    reportBatch(context, batch, outcome, performance.now() - startedAt, options.measure);
  } finally {
    // Of a batch that threw too: what was written down before it did is not told again.
    await reportMoves(context, batch, moves, options);
  }
  await tag(newDevices(batch.events), context, options.tagNewDevices);
}

function reportBatch(
  context: InvocationContext,
  batch: EventBatch,
  outcome: BatchOutcome,
  milliseconds: number,
  measure: Measure,
): void {
  const durationMs = Math.round(milliseconds);
  const lagMs = lagOf(batch, new Date());
  logEvent(context, 'info', 'twins-changed', { partition: batch.partition, ...outcome, durationMs, lagMs });
  measureBatch(measure, outcome, durationMs, lagMs);
}

async function reportMoves(
  context: InvocationContext,
  { partition }: EventBatch,
  moves: readonly DeviceMove[],
  { deviceName, measure }: TwinsChangedOptions,
): Promise<void> {
  if (moves.length === 0) return;
  const { endedLines, movedLines } = await import('../shared/status/move-lines.ts');
  for (const line of movedLines(moves, partition, deviceName))
    logEvent(context, 'info', 'device-updates-moved', line);
  for (const line of endedLines(moves, deviceName)) logEvent(context, 'warn', 'device-ended', line);
  measureMoves(measure, moves);
}

/**
 * What was recorded is not recorded again because the hub is away: devices that cannot be tagged now are
 * left to the function `devices-tagged`, which looks for those without a tag.
 */
async function tag(
  deviceIds: readonly string[],
  context: InvocationContext,
  tagNewDevices: TwinsChangedOptions['tagNewDevices'],
): Promise<void> {
  if (deviceIds.length === 0) return;
  try {
    await tagNewDevices(deviceIds);
  } catch (error) {
    logEvent(context, 'warn', 'new-devices-not-tagged', { devices: deviceIds.length, ...errorFields(error) });
  }
}
