import { setTimeout } from 'node:timers/promises';
import {
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventPosition,
  type ReceivedEventData,
  type SubscribeOptions,
  type Subscription,
} from '@azure/event-hubs';
import type { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { expect, vi } from 'vitest';
import { type EventHubsServer, startEventHubs } from '../../local/event-hubs/amqp-server.ts';
import { EventLog } from '../../local/event-hubs/event-log.ts';
import { eventPartition } from '../../src/shared/status/event-partition.ts';

const now = () => new Date();
export const LOG = {
  name: 'twins',
  partitionCount: 4,
  partitionOf: eventPartition,
  now,
  maxEventsPerPartition: 50_000,
};
const NO_RETRY = { retryOptions: { maxRetries: 0, timeoutInMs: 5000 } };
const QUICK_RETRY = { retryOptions: { retryDelayInMs: 50, maxRetries: 20 } };

/** What a test has started, to be ended in reverse order whatever came of it. */
export const endings: (() => unknown)[] = [];

export async function endAll(): Promise<void> {
  for (const end of endings.splice(0).toReversed()) await end();
}

/**
 * A client of the SDK can wait two minutes for the answer to a request that its own closing has made
 * pointless. A test waits for it only so long: the server's end cuts whatever the client still holds.
 */
async function closed(client: { close(): Promise<void> }): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([
    client.close(),
    setTimeout(CLIENT_CLOSE_MS, undefined, { signal: waiting.signal }).catch(() => undefined),
  ]).finally(() => waiting.abort());
}

const CLIENT_CLOSE_MS = 15_000;

export async function start(
  log = new EventLog(LOG),
  port = 0,
  tls?: { key: string; cert: string },
): Promise<{ log: EventLog; server: EventHubsServer }> {
  const server = await startEventHubs({
    log,
    host: '127.0.0.1',
    port,
    consumerGroups: ['$Default', 'ingest'],
    keyName: 'local',
    key: 'bG9jYWw=',
    now,
    ...(tls && { tls }),
  });
  endings.push(() => server.close());
  return { log, server };
}

export function producer({ connectionString }: EventHubsServer): EventHubProducerClient {
  const client = new EventHubProducerClient(connectionString, NO_RETRY);
  endings.push(() => closed(client));
  return client;
}

/** Collects what a consumer gets, and what goes wrong. */
export class Collector {
  readonly events: (ReceivedEventData & { partitionId: string })[] = [];
  readonly errors: string[] = [];
  readonly partitions = new Set<string>();
  readonly client: EventHubConsumerClient;
  subscription: Subscription | undefined;

  constructor(connectionString: string, group = '$Default', store?: BlobCheckpointStore) {
    const options = { ...QUICK_RETRY, loadBalancingOptions: LOAD_BALANCING };
    this.client = store
      ? new EventHubConsumerClient(group, connectionString, store, options)
      : new EventHubConsumerClient(group, connectionString, options);
    endings.push(() => closed(this));
  }

  subscribe(startPosition: EventPosition, options: SubscribeOptions = {}, checkpoints = false): this {
    this.subscription = this.client.subscribe(
      {
        processInitialize: async ({ partitionId }) => {
          this.partitions.add(partitionId);
        },
        processClose: async (_, { partitionId }) => {
          this.partitions.delete(partitionId);
        },
        processEvents: async (events, context) => {
          for (const event of events) this.events.push({ ...event, partitionId: context.partitionId });
          const last = events.at(-1);
          if (checkpoints && last) await context.updateCheckpoint(last);
        },
        processError: async (error) => {
          this.errors.push('code' in error ? error.code : error.message);
        },
      },
      { startPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1, ...options },
    );
    return this;
  }

  bodies(): unknown[] {
    return this.events.map(({ body }) => body as unknown);
  }

  async close(): Promise<void> {
    await this.subscription?.close();
    await this.client.close();
    this.subscription = undefined;
  }
}

const LOAD_BALANCING = {
  strategy: 'greedy',
  updateIntervalInMs: 200,
  partitionOwnershipExpirationIntervalInMs: 3000,
} as const;

export function appendNumbers(log: EventLog, from: number, to: number, partitionId?: string): void {
  for (let number = from; number < to; number++) {
    log.append(
      {
        partitionKey: `dev${number % 50}`,
        body: Buffer.from(JSON.stringify(number)),
        applicationProperties: {},
        annotations: {},
      },
      partitionId,
    );
  }
}

export const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);
export const inOrder = (bodies: unknown[]) => (bodies as number[]).toSorted((a, b) => a - b);
export const until = { timeout: 15_000, interval: 20 };

export async function received(collector: Collector, count: number): Promise<Collector> {
  await vi.waitFor(() => expect(collector.events.length).toBeGreaterThanOrEqual(count), until);
  return collector;
}
