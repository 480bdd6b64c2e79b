import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { startBlobTrigger } from './blob-trigger.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import type { RegisteredFunction } from './core-api.ts';
import { startEventHubTrigger } from './event-hub-trigger.ts';
import type { HostJson } from './host-json.ts';
import type { HostLog } from './host-messages.ts';
import type { Invoke } from './invoke.ts';
import { startQueueTrigger } from './queue-trigger.ts';
import { type AppSettings, connectionString } from './settings-expansion.ts';
import { timerStatusStore } from './timer-status.ts';
import { startTimerTrigger, type TimerTrigger } from './timer-trigger.ts';
import type {
  BlobBinding,
  EventHubBinding,
  QueueBinding,
  TimerBinding,
  TriggerBinding,
} from './trigger-binding.ts';

export interface PullTriggerOptions {
  readonly functions: readonly { readonly fn: RegisteredFunction; readonly binding: TriggerBinding }[];
  readonly hostJson: HostJson;
  readonly hostId: string;
  readonly settings: AppSettings;
  /** Capability IncludeEmptyEntriesInMessagePayload of the app. */
  readonly includeEmptyEntries: boolean;
  readonly blobPollMs: number;
  readonly blobRetryMs: number;
  readonly invoke: Invoke;
  readonly log: HostLog;
}

export interface RunningTrigger {
  stop(): Promise<void>;
}

export interface PullTriggers extends RunningTrigger {
  /** Timer functions by name, so that they can be run by hand. */
  readonly timers: ReadonlyMap<string, TimerTrigger>;
}

/**
 * Starts everything that fetches its own work: blob, Event Hub, queue and timer functions. What it keeps
 * (receipts, checkpoints, timer status) is in the storage account of AzureWebJobsStorage, which an app
 * with HTTP functions only does not need. Where one cannot start, those before it are stopped again.
 */
export async function startPullTriggers(options: PullTriggerOptions): Promise<PullTriggers> {
  const limit = concurrencyLimit(options.hostJson.extensions.blobs.maxDegreeOfParallelism);
  const running: RunningTrigger[] = [];
  const timers = new Map<string, TimerTrigger>();
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((trigger) => trigger.stop()));
  };
  try {
    for (const { fn, binding } of options.functions) {
      switch (binding.kind) {
        case 'http':
          break;
        case 'blob':
          running.push(await startBlob(options, fn, binding, limit));
          break;
        case 'eventHub':
          running.push(await startEventHub(options, fn, binding));
          break;
        case 'queue':
          running.push(startQueue(options, fn, binding));
          break;
        case 'timer': {
          const timer = await startTimer(options, fn, binding);
          timers.set(fn.metadata.name, timer);
          running.push(timer);
          break;
        }
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { timers, stop };
}

async function startBlob(
  options: PullTriggerOptions,
  fn: RegisteredFunction,
  binding: BlobBinding,
  limit: ReturnType<typeof concurrencyLimit>,
): Promise<RunningTrigger> {
  const { hostId, invoke, log } = options;
  if (binding.source === 'EventGrid') {
    const message = 'There is no Event Grid locally: the container is scanned instead.';
    log({ level: 'warning', category: 'host', functionName: fn.metadata.name, message });
  }
  return startBlobTrigger({
    fn,
    binding,
    hostId,
    hosts: await hostContainer(options.settings, 'azure-webjobs-hosts'),
    invoke,
    log,
    pollMs: options.blobPollMs,
    retryMs: options.blobRetryMs,
    attempts: options.hostJson.extensions.blobs.poisonBlobThreshold,
    limit,
  });
}

async function startEventHub(
  options: PullTriggerOptions,
  fn: RegisteredFunction,
  binding: EventHubBinding,
): Promise<RunningTrigger> {
  const { includeEmptyEntries, invoke, log } = options;
  const checkpoints = await hostContainer(options.settings, 'azure-webjobs-eventhub');
  const settings = options.hostJson.extensions.eventHubs;
  return startEventHubTrigger({ fn, binding, checkpoints, settings, includeEmptyEntries, invoke, log });
}

function startQueue(
  { hostJson, invoke, log }: PullTriggerOptions,
  fn: RegisteredFunction,
  binding: QueueBinding,
): RunningTrigger {
  return startQueueTrigger({ fn, binding, settings: hostJson.extensions.queues, invoke, log });
}

async function startTimer(
  options: PullTriggerOptions,
  fn: RegisteredFunction,
  binding: TimerBinding,
): Promise<TimerTrigger> {
  const { hostId, invoke, log } = options;
  const hosts = await hostContainer(options.settings, 'azure-webjobs-hosts');
  const statusStore = timerStatusStore(hosts, hostId, fn.metadata.name);
  return startTimerTrigger({ fn, binding, statusStore, invoke, log, now: () => new Date() });
}

async function hostContainer(settings: AppSettings, name: string): Promise<ContainerClient> {
  const service = BlobServiceClient.fromConnectionString(connectionString('AzureWebJobsStorage', settings));
  const container = service.getContainerClient(name);
  await container.createIfNotExists();
  return container;
}
