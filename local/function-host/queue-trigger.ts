import {
  type DequeuedMessageItem,
  type QueueClient,
  QueueServiceClient,
  RestError,
} from '@azure/storage-queue';
import type { RegisteredFunction } from './core-api.ts';
import type { QueuesSettings } from './host-json.ts';
import type { HostLog } from './host-messages.ts';
import { describe, type Invoke } from './invoke.ts';
import { LEASE_SECONDS, processMessage, type QueueWork } from './queue-processing.ts';
import { PollingBackOff } from './polling-back-off.ts';
import { waited } from './retry-policy.ts';
import type { QueueBinding } from './trigger-binding.ts';

/** Somebody is watching a laptop: an idle queue is looked at every second, whatever host.json allows. */
const LONGEST_POLL_MS = 1000;

export interface QueueTriggerOptions {
  readonly fn: RegisteredFunction;
  readonly binding: QueueBinding;
  readonly settings: QueuesSettings;
  readonly invoke: Invoke;
  readonly log: HostLog;
}

export interface QueueTrigger {
  /** Takes no further message; resolves when the running invocations have ended and are settled. */
  stop(): Promise<void>;
}

/**
 * Takes messages in batches and runs the function once for each, as many at a time as `batchSize` and
 * `newBatchThreshold` allow together. At least once: a message is removed after its run. One that fails is
 * visible again after `visibilityTimeout`, and after `maxDequeueCount` runs goes to `<queue>-poison`.
 */
export function startQueueTrigger(options: QueueTriggerOptions): QueueTrigger {
  const service = QueueServiceClient.fromConnectionString(options.binding.connectionString);
  const { queueName } = options.binding;
  const stopping = new AbortController();
  const listener: Listener = {
    work: { ...options, queue: service.getQueueClient(queueName), poison: poisonQueue(service, queueName) },
    running: new Set(),
    signal: stopping.signal,
  };
  const listening = listen(listener);
  return {
    stop: async () => {
      stopping.abort();
      await listening;
      await Promise.all(listener.running);
    },
  };
}

interface Listener {
  readonly work: QueueWork;
  readonly running: Set<Promise<void>>;
  readonly signal: AbortSignal;
}

/** What lies in a poison queue goes to no other one. */
function poisonQueue(service: QueueServiceClient, name: string): QueueClient | undefined {
  return name.endsWith('-poison') ? undefined : service.getQueueClient(`${name}-poison`);
}

async function listen(listener: Listener): Promise<void> {
  const { settings } = listener.work;
  const backOff = new PollingBackOff(Math.min(settings.maxPollingInterval, LONGEST_POLL_MS), Math.random);
  let lastFault = '';
  while (!listener.signal.aborted) {
    const { found, fault } = await poll(listener);
    if (fault !== '' && fault !== lastFault) warn(listener.work, `Cannot read the queue: ${fault}`);
    lastFault = fault;
    if (found) await roomForABatch(listener);
    else await waited(backOff.next(false), listener.signal);
    if (found) backOff.next(true);
  }
}

async function poll(listener: Listener): Promise<{ readonly found: boolean; readonly fault: string }> {
  const { queue, settings } = listener.work;
  try {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: settings.batchSize,
      visibilityTimeout: LEASE_SECONDS,
    });
    for (const message of receivedMessageItems) begin(listener, message);
    return { found: receivedMessageItems.length > 0, fault: '' };
  } catch (error) {
    // A queue that does not exist yet is no fault: it may come.
    if (error instanceof RestError && error.statusCode === 404) return { found: false, fault: '' };
    return { found: false, fault: error instanceof Error ? error.message : String(error) };
  }
}

function begin({ work, running }: Listener, message: DequeuedMessageItem): void {
  const processing = processMessage(work, message)
    // The message is visible again when its lease ends.
    .catch((error: unknown) =>
      warn(work, `Storage fault around message ${message.messageId}: ${describe(error)}`),
    )
    .finally(() => running.delete(processing));
  running.add(processing);
}

async function roomForABatch({ running, work, signal }: Listener): Promise<void> {
  while (running.size > work.settings.newBatchThreshold && !signal.aborted) await Promise.race(running);
}

function warn({ log, fn }: QueueWork, message: string): void {
  log({ level: 'warning', category: 'host', functionName: fn.metadata.name, message });
}
