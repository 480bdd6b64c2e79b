import { app, type InvocationContext } from '@azure/functions';
import { errorFields, logEvent } from '../shared/log.ts';
import type { Ledger } from '../shared/status/ledger.ts';
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
  { ledger: openLedger, tagNewDevices }: TwinsChangedOptions,
): Promise<void> {
  const { readTriggerBatch } = await import('../shared/status/trigger-batch.ts');
  const batch = readTriggerBatch(
    Array.isArray(bodies) ? bodies : [bodies],
    context.triggerMetadata ?? {},
    new Date(),
  );
  const ledger = await openLedger();
  const outcome = await ledger.recordBatch(batch);
  logEvent(context, 'info', 'twins-changed', { partition: batch.partition, ...outcome });
  await tag(newDevices(batch.events), context, tagNewDevices);
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
