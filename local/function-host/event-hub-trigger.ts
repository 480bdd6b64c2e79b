import {
  type EventPosition,
  EventHubConsumerClient,
  type PartitionContext,
  parseEventHubConnectionString,
  type ReceivedEventData,
  earliestEventPosition,
  latestEventPosition,
} from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import type { ContainerClient } from '@azure/storage-blob';
import type { RegisteredFunction } from './core-api.ts';
import { batchMetadata, eventBodies, eventBody, eventMetadata } from './event-hub-rpc.ts';
import type { EventHubsSettings, InitialOffset } from './host-json.ts';
import type { HostLog } from './host-messages.ts';
import type { InvocationInput, Invoke } from './invoke.ts';
import { readRetryPolicy, type RetryPolicy, runWithRetries } from './retry-policy.ts';
import type { EventHubBinding } from './trigger-binding.ts';

/**
 * A host that was killed cannot give its partitions back: the next one waits until the ownership
 * expires. The SDK's default is a minute; a laptop has one host and no patience.
 */
const OWNERSHIP_EXPIRES_MS = 5_000;
const BALANCE_EVERY_MS = 1_000;
/**
 * The SDK notices a cut connection only when a receive ends, so a quiet partition would stay deaf for
 * its default of a minute. Events that come end the wait at once.
 */
const RECEIVE_WAIT_SECONDS = 2;

export interface EventHubTriggerOptions {
  readonly fn: RegisteredFunction;
  readonly binding: EventHubBinding;
  /** Container azure-webjobs-eventhub of the host's own storage account. */
  readonly checkpoints: ContainerClient;
  readonly settings: EventHubsSettings;
  /** Capability of the app: empty bodies stay in a batch. */
  readonly includeEmptyEntries: boolean;
  readonly invoke: Invoke;
  readonly log: HostLog;
}

export interface EventHubTrigger {
  /** Begins no new batch; resolves when running ones have ended and are checkpointed. */
  stop(): Promise<void>;
}

/**
 * Reads all partitions in parallel, each one batch at a time. A batch is checkpointed whether the
 * function succeeded or threw; only a retry policy holds the partition back, until it succeeds or gives
 * up. At least once: a batch whose checkpoint was not written runs again.
 */
export async function startEventHubTrigger(options: EventHubTriggerOptions): Promise<EventHubTrigger> {
  const client = createClient(options);
  const reader: Reader = {
    options,
    policy: readRetryPolicy(options.fn.metadata.retryOptions),
    stopping: new AbortController(),
    partitions: new Map(),
    running: new Set(),
  };
  const { settings } = options;
  const subscription = client.subscribe(
    {
      processInitialize: async ({ partitionId }) => {
        openPartition(reader, partitionId);
      },
      processEvents: (events, context) => track(reader, processBatch(reader, events, context)),
      processError: async (error, { partitionId }) => {
        const where = partitionId === '' ? 'Event Hub' : `Partition ${partitionId}`;
        warn(options, `${where}: ${error.message}`);
      },
      processClose: async (_reason, { partitionId }) => closePartition(reader, partitionId),
    },
    {
      maxBatchSize: settings.maxEventBatchSize,
      maxWaitTimeInSeconds: RECEIVE_WAIT_SECONDS,
      prefetchCount: Math.max(settings.prefetchCount, settings.maxEventBatchSize),
      startPosition: startPosition(settings.initialOffsetOptions),
      skipParsingBodyAsJson: true,
    },
  );
  return {
    stop: async () => {
      reader.stopping.abort();
      await Promise.allSettled(reader.running);
      await subscription.close();
      await client.close();
    },
  };
}

interface Partition {
  /** Ends a wait for a retry when the partition goes to another owner. */
  readonly closed: AbortController;
  batchesSinceCheckpoint: number;
}

interface Reader {
  readonly options: EventHubTriggerOptions;
  readonly policy: RetryPolicy;
  readonly stopping: AbortController;
  readonly partitions: Map<string, Partition>;
  readonly running: Set<Promise<void>>;
}

function createClient({ binding, checkpoints }: EventHubTriggerOptions): EventHubConsumerClient {
  const store = new BlobCheckpointStore(checkpoints);
  const clientOptions = {
    loadBalancingOptions: {
      strategy: 'greedy' as const,
      updateIntervalInMs: BALANCE_EVERY_MS,
      partitionOwnershipExpirationIntervalInMs: OWNERSHIP_EXPIRES_MS,
    },
    retryOptions: { retryDelayInMs: 500 },
  };
  // A name in the connection string wins over the binding's, as in the Event Hubs extension.
  const { eventHubName } = parseEventHubConnectionString(binding.connectionString);
  return eventHubName === undefined
    ? new EventHubConsumerClient(
        binding.consumerGroup,
        binding.connectionString,
        binding.eventHubName,
        store,
        clientOptions,
      )
    : new EventHubConsumerClient(binding.consumerGroup, binding.connectionString, store, clientOptions);
}

function startPosition(offset: InitialOffset): EventPosition {
  switch (offset.type) {
    case 'fromStart':
      return earliestEventPosition;
    case 'fromEnd':
      return latestEventPosition;
    case 'fromEnqueuedTime':
      return { enqueuedOn: new Date(offset.enqueuedTimeUtc) };
  }
}

function openPartition(reader: Reader, partitionId: string): Partition {
  closePartition(reader, partitionId);
  const partition = { closed: new AbortController(), batchesSinceCheckpoint: 0 };
  reader.partitions.set(partitionId, partition);
  return partition;
}

function closePartition(reader: Reader, partitionId: string): void {
  reader.partitions.get(partitionId)?.closed.abort();
  reader.partitions.delete(partitionId);
}

async function track(reader: Reader, work: Promise<void>): Promise<void> {
  reader.running.add(work);
  try {
    await work;
  } finally {
    reader.running.delete(work);
  }
}

/** The SDK calls again only after this has resolved: one batch at a time. */
async function processBatch(
  reader: Reader,
  events: readonly ReceivedEventData[],
  context: PartitionContext,
): Promise<void> {
  const last = events.at(-1);
  if (last === undefined || reader.stopping.signal.aborted) return;
  const partition = reader.partitions.get(context.partitionId) ?? openPartition(reader, context.partitionId);
  const signal = AbortSignal.any([reader.stopping.signal, partition.closed.signal]);
  const { binding } = reader.options;
  if (binding.cardinality === 'many') {
    if (!(await runToTheEnd(reader, batchInput(reader.options, events, context), signal))) return;
    await checkpoint(reader, partition, last, context);
    return;
  }
  for (const event of events) {
    if (signal.aborted) return;
    const input = {
      inputData: [{ name: binding.name, data: eventBody(event, binding) }],
      triggerMetadata: eventMetadata(event, context),
    };
    if (!(await runToTheEnd(reader, input, signal))) return;
    // Within a batch only a stop is worth a write for each event.
    if (signal.aborted || event === last) await checkpoint(reader, partition, event, context);
  }
}

function batchInput(
  { binding, includeEmptyEntries }: EventHubTriggerOptions,
  events: readonly ReceivedEventData[],
  context: PartitionContext,
): InvocationInput {
  return {
    inputData: [{ name: binding.name, data: eventBodies(events, binding, includeEmptyEntries) }],
    triggerMetadata: batchMetadata(events, context),
  };
}

/** False where the run was cut short and must not be checkpointed. */
async function runToTheEnd(reader: Reader, input: InvocationInput, signal: AbortSignal): Promise<boolean> {
  const { fn, invoke } = reader.options;
  const { outcome } = await runWithRetries(reader.policy, signal, (retryContext) =>
    invoke(fn, { ...input, ...(retryContext && { retryContext }) }),
  );
  return outcome !== 'interrupted';
}

/** Every batchCheckpointFrequency batches, and at the stop. */
async function checkpoint(
  reader: Reader,
  partition: Partition,
  event: ReceivedEventData,
  context: PartitionContext,
): Promise<void> {
  partition.batchesSinceCheckpoint++;
  const due = partition.batchesSinceCheckpoint >= reader.options.settings.batchCheckpointFrequency;
  if (!due && !reader.stopping.signal.aborted) return;
  // After the partition was lost, its checkpoint belongs to the new owner.
  if (partition.closed.signal.aborted) return;
  await context.updateCheckpoint(event);
  partition.batchesSinceCheckpoint = 0;
}

function warn(options: EventHubTriggerOptions, message: string): void {
  options.log({ level: 'warning', category: 'host', functionName: options.fn.metadata.name, message });
}
