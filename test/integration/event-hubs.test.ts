import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  earliestEventPosition,
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventPosition,
  latestEventPosition,
  type ReceivedEventData,
  type Subscription,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import rhea from 'rhea';
import type { EventContext } from 'rhea';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCertificates } from '../../local/certificates.ts';
import { type EventHubsServer, startEventHubs } from '../../local/event-hubs/amqp-server.ts';
import { EventLog } from '../../local/event-hubs/event-log.ts';
import { openPersistedLog } from '../../local/event-hubs/persist-log.ts';
import { startAzurite } from '../../local/azurite.ts';
import { eventPartition } from '../../src/shared/status/event-partition.ts';

const now = () => new Date();
const LOG = {
  name: 'twins',
  partitionCount: 4,
  partitionOf: eventPartition,
  now,
  maxEventsPerPartition: 50_000,
};
const NO_RETRY = { retryOptions: { maxRetries: 0, timeoutInMs: 5000 } };
const QUICK_RETRY = { retryOptions: { retryDelayInMs: 50, maxRetries: 20 } };

/** What a test has started, ended in reverse order whatever came of it. */
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function start(
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

function producer({ connectionString }: EventHubsServer): EventHubProducerClient {
  const client = new EventHubProducerClient(connectionString, NO_RETRY);
  endings.push(() => client.close());
  return client;
}

/** Collects what a consumer gets, and what goes wrong. */
class Collector {
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
    endings.push(() => this.close());
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
          this.errors.push('code' in error ? String(error.code) : error.message);
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

function appendNumbers(log: EventLog, from: number, to: number, partitionId?: string): void {
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

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const inOrder = (bodies: unknown[]) => (bodies as number[]).toSorted((a, b) => a - b);
const until = { timeout: 15_000, interval: 20 };

describe('a producer', () => {
  it('finds the event hub as it is', async () => {
    const { server, log } = await start();
    const client = producer(server);
    appendNumbers(log, 0, 3, '2');
    expect(await client.getEventHubProperties()).toMatchObject({
      name: 'twins',
      partitionIds: ['0', '1', '2', '3'],
    });
    expect(await client.getPartitionProperties('2')).toMatchObject({
      partitionId: '2',
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: 2,
      lastEnqueuedOffset: log.partition('2').lastOffset,
      isEmpty: false,
    });
    expect(await client.getPartitionProperties('0')).toMatchObject({
      lastEnqueuedSequenceNumber: -1,
      lastEnqueuedOffset: '-1',
      isEmpty: true,
    });
  });

  it('sends to a partition, by a key, and to none in particular', async () => {
    const { server, log } = await start();
    const client = producer(server);
    await client.sendBatch([{ body: 'to 3' }], { partitionId: '3' });
    await client.sendBatch([{ body: 'by key' }, { body: 'by key too' }], { partitionKey: 'dev1' });
    await client.sendBatch([{ body: 'anywhere' }]);
    const keyed = String(eventPartition('dev1', 4));
    expect(log.read('3', 0, 10).map(({ body }) => body.toString())).toContain('"to 3"');
    expect(log.read(keyed, 0, 10).filter(({ partitionKey }) => partitionKey === 'dev1')).toHaveLength(2);
    expect(log.partitionIds.flatMap((id) => log.read(id, 0, 10))).toHaveLength(4);
  });

  it('is told when a message is too large, by the SDK itself', async () => {
    const { server } = await start();
    const batch = await producer(server).createBatch();
    expect(batch.maxSizeInBytes).toBe(1024 * 1024);
    expect(batch.tryAdd({ body: Buffer.alloc(1024 * 1024) })).toBe(false);
  });

  it('is refused for a partition that is not there and a hub that is not there', async () => {
    const { server } = await start();
    await expect(producer(server).sendBatch([{ body: 1 }], { partitionId: '9' })).rejects.toMatchObject({
      code: 'ArgumentOutOfRangeError',
    });
    const elsewhere = {
      ...server,
      connectionString: server.connectionString.replace('EntityPath=twins', 'EntityPath=x'),
    };
    await expect(producer(elsewhere).sendBatch([{ body: 1 }])).rejects.toMatchObject({
      code: 'MessagingEntityNotFoundError',
    });
    await expect(producer(elsewhere).getEventHubProperties()).rejects.toMatchObject({
      code: 'MessagingEntityNotFoundError',
    });
  });

  it('is refused with a wrong key, and with a key that has another name', async () => {
    const { server, log } = await start();
    for (const [right, wrong] of [
      ['SharedAccessKey=bG9jYWw=', 'SharedAccessKey=d3Jvbmc='],
      ['SharedAccessKeyName=local', 'SharedAccessKeyName=other'],
    ] as const) {
      const connectionString = server.connectionString.replace(right, wrong);
      await expect(producer({ ...server, connectionString }).sendBatch([{ body: 1 }])).rejects.toMatchObject({
        code: 'UnauthorizedError',
      });
    }
    expect(log.partitionIds.every((id) => log.partition(id).isEmpty)).toBe(true);
  });
});

describe('a consumer', () => {
  it('gets an event with everything that belongs to it', async () => {
    const { server, log } = await start();
    const enqueued = new Date(1_700_000_000_000);
    const stored = log.append({
      partitionKey: 'dev1',
      body: Buffer.from('{"version":3}'),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId: 'c0ffee',
      messageId: 'm1',
      userId: 'hüb',
      applicationProperties: { opType: 'updateTwin', count: 3, big: 5_000_000_000, part: 0.5, ok: true },
      annotations: { 'iothub-message-source': 'twinChangeEvents', 'iothub-enqueuedtime': enqueued },
    });
    const { events } = await received(
      new Collector(server.connectionString).subscribe(earliestEventPosition),
      1,
    );
    expect(events[0]).toMatchObject({
      body: { version: 3 },
      partitionId: stored.partitionId,
      sequenceNumber: 0,
      offset: stored.offset,
      enqueuedTimeUtc: stored.enqueuedTime,
      contentType: 'application/json',
      correlationId: 'c0ffee',
      messageId: 'm1',
      properties: { opType: 'updateTwin', count: 3, big: 5_000_000_000, part: 0.5, ok: true },
      systemProperties: {
        'iothub-message-source': 'twinChangeEvents',
        'iothub-enqueuedtime': enqueued.getTime(),
        userId: Buffer.from('hüb'),
      },
    });
    expect(events[0]?.getRawAmqpMessage().properties?.contentEncoding).toBe('utf-8');
  });

  it('begins where it says', async () => {
    const { server, log } = await start();
    appendNumbers(log, 0, 10, '0');
    const [fifth] = log.read('0', 5, 1);
    const from = async (position: EventPosition) => {
      const collector = new Collector(server.connectionString).subscribe({ '0': position } as never);
      await vi.waitFor(() => expect([...collector.partitions]).toContain('0'), until);
      return collector;
    };
    const [earliest, afterOffset, fromOffset, afterNumber] = await Promise.all([
      from(earliestEventPosition),
      from({ offset: fifth?.offset ?? '' }),
      from({ offset: fifth?.offset ?? '', isInclusive: true }),
      from({ sequenceNumber: 7 }),
    ]);
    await received(earliest, 10);
    expect((await received(afterOffset, 4)).bodies()).toEqual([6, 7, 8, 9]);
    expect((await received(fromOffset, 5)).bodies()).toEqual([5, 6, 7, 8, 9]);
    expect((await received(afterNumber, 2)).bodies()).toEqual([8, 9]);
    for (const { errors } of [earliest, afterOffset, fromOffset, afterNumber]) expect(errors).toEqual([]);
  });

  it('gets only what comes after it from the latest position', async () => {
    const { server, log } = await start();
    appendNumbers(log, 0, 10, '0');
    const collector = new Collector(server.connectionString).subscribe(latestEventPosition);
    // Only when its links are there is "latest" decided; an event for each partition shows that they are.
    let next = 100;
    await vi.waitFor(() => {
      for (const id of log.partitionIds) appendNumbers(log, next, ++next, id);
      expect(new Set(collector.events.map(({ partitionId }) => partitionId)).size).toBe(4);
    }, until);
    expect((collector.bodies() as number[]).every((number) => number >= 100)).toBe(true);
  });

  it('gets each event once, in order, in each of two groups', async () => {
    const { server, log } = await start();
    const groups = ['$Default', 'ingest'].map((group) =>
      new Collector(server.connectionString, group).subscribe(earliestEventPosition),
    );
    appendNumbers(log, 0, 3000);
    for (const collector of groups) {
      await received(collector, 3000);
      expect(inOrder(collector.bodies())).toEqual(numbers(0, 3000));
      for (const id of log.partitionIds) {
        const sequence = collector.events
          .filter(({ partitionId }) => partitionId === id)
          .map(({ sequenceNumber }) => sequenceNumber);
        expect(sequence).toEqual(numbers(0, sequence.length));
      }
    }
  });

  it('knows the end of its partition if it asks for it', async () => {
    const { server, log } = await start();
    appendNumbers(log, 0, 5, '1');
    const client = new EventHubConsumerClient('$Default', server.connectionString);
    endings.push(() => client.close());
    const last = new Promise((resolve) => {
      const subscription = client.subscribe(
        '1',
        {
          processEvents: async (events, context) => {
            if (events.length > 0) resolve(context.lastEnqueuedEventProperties);
          },
          processError: async () => undefined,
        },
        { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true },
      );
      endings.push(() => subscription.close());
    });
    expect(await last).toMatchObject({ sequenceNumber: 4, offset: log.partition('1').lastOffset });
  });

  it('is refused for a consumer group that is not there, and for a position behind the end', async () => {
    const { server } = await start();
    const unknown = new Collector(server.connectionString, 'nobody').subscribe(earliestEventPosition);
    await vi.waitFor(() => expect(unknown.errors).toContain('MessagingEntityNotFoundError'), until);
    const behind = new Collector(server.connectionString).subscribe({ sequenceNumber: 5 });
    await vi.waitFor(() => expect(behind.errors).toContain('ArgumentError'), until);
  });

  it('loses a partition to one with a higher owner level', async () => {
    const { server, log } = await start();
    const low = new Collector(server.connectionString).subscribe(earliestEventPosition, { ownerLevel: 1 });
    appendNumbers(log, 0, 40);
    await received(low, 40);
    const high = new Collector(server.connectionString).subscribe(earliestEventPosition, { ownerLevel: 2 });
    await received(high, 40);
    await vi.waitFor(() => expect(low.partitions.size).toBe(0), until);
    expect(new Set(low.errors)).toEqual(new Set(['ReceiverDisconnectedError']));
  });

  it('goes on without loss or repetition when all connections are cut', async () => {
    const { server, log } = await start();
    const collector = new Collector(server.connectionString).subscribe(earliestEventPosition);
    for (let round = 0; round < 3; round++) {
      appendNumbers(log, round * 400, round * 400 + 400);
      await received(collector, round * 400 + 100);
      server.dropAll();
      // The SDK waits a minute for an answer that a second cut in mid-reconnect took away.
      await received(collector, round * 400 + 400);
    }
    expect(inOrder(collector.bodies())).toEqual(numbers(0, 1200));
  });
});

describe('consumers with checkpoints in blob storage', () => {
  it('share the partitions, and the next one goes on where they stopped', async () => {
    const { server, log } = await start();
    const azurite = await startAzurite({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } });
    endings.push(() => azurite.close());
    const container = new ContainerClient(azurite.connectionString, 'checkpoints');
    await container.create();
    const join = () =>
      new Collector(server.connectionString, 'ingest', new BlobCheckpointStore(container)).subscribe(
        earliestEventPosition,
        {},
        true,
      );

    const first = join();
    appendNumbers(log, 0, 200);
    await received(first, 200);
    const second = join();
    await vi.waitFor(() => expect([first.partitions.size, second.partitions.size]).toEqual([2, 2]), until);
    appendNumbers(log, 200, 400);
    await vi.waitFor(() => {
      expect(inOrder([...new Set([...first.bodies(), ...second.bodies()])])).toEqual(numbers(0, 400));
    }, until);
    await first.close();
    await second.close();

    appendNumbers(log, 400, 500);
    const third = await received(join(), 100);
    expect(inOrder(third.bodies())).toEqual(numbers(400, 500));
  });
});

describe('a client of another make', () => {
  /** A plain AMQP client over TLS, which authenticates by SASL PLAIN as those do that know no `$cbs`. */
  async function connect(password: string) {
    const { ca, key, cert } = await createCertificates();
    const { log, server } = await start(new EventLog(LOG), 0, { key, cert });
    const options = { host: 'localhost', port: server.port, ca, username: 'local', password };
    const connection = rhea.create_container().connect({ ...options, transport: 'tls', reconnect: false });
    endings.push(() => connection.close());
    return { log, connection };
  }

  it('reads with PLAIN over TLS, and is sent every field of every frame', async () => {
    const { log, connection } = await connect('bG9jYWw=');
    log.append({ body: Buffer.from('hello'), applicationProperties: {}, annotations: {} }, '1');
    const receiver = connection.open_receiver('twins/ConsumerGroups/ingest/Partitions/1');
    const [{ message }] = (await once(receiver, 'message')) as [EventContext];
    expect(message?.body.content.toString()).toBe('hello');
    const remote = (part: unknown, frame: string) =>
      (part as { remote: Record<string, { value: unknown[] }> }).remote[frame]?.value.length;
    expect(remote(connection, 'open')).toBe(10);
    expect(remote(receiver.session, 'begin')).toBe(8);
    expect(remote(receiver, 'attach')).toBe(14);
  });

  it('is refused with a wrong password', async () => {
    const { connection } = await connect('wrong');
    const [{ error }] = (await once(connection, 'connection_error')) as [EventContext];
    expect(error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });

  it('reads nothing before it has proved who it is', async () => {
    const { server } = await start();
    const connection = rhea
      .create_container()
      .connect({ port: server.port, host: 'localhost', reconnect: false });
    endings.push(() => connection.close());
    const receiver = connection.open_receiver('twins/ConsumerGroups/ingest/Partitions/1');
    await once(receiver, 'receiver_error');
    expect(receiver.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });
});

describe('the server', () => {
  it('goes on where it was after a restart on the same files and port', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'event-hubs-'));
    endings.push(() => rmSync(dir, { recursive: true }));
    const before = openPersistedLog(dir, LOG);
    const { server } = await start(before.log);
    const collector = new Collector(server.connectionString).subscribe(earliestEventPosition);
    appendNumbers(before.log, 0, 100);
    await received(collector, 100);
    await server.close();
    before.close();

    const after = openPersistedLog(dir, LOG);
    endings.push(() => after.close());
    await start(after.log, server.port);
    appendNumbers(after.log, 100, 200);
    await received(collector, 200);
    expect(inOrder(collector.bodies())).toEqual(numbers(0, 200));
    await collector.close();
  });

  it('closes within a second though clients are connected', async () => {
    const { server, log } = await start();
    appendNumbers(log, 0, 10);
    const collector = await received(
      new Collector(server.connectionString).subscribe(earliestEventPosition),
      10,
    );
    const begin = performance.now();
    await server.close();
    const duration = performance.now() - begin;
    // The SDK closes in peace only where there is somebody to say goodbye to.
    await start(log, server.port);
    appendNumbers(log, 10, 60);
    await received(collector, 60);
    await collector.close();
    expect(duration).toBeLessThan(1000);
  });

  it.each([
    ['nonsense', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a frame of an impossible size', Buffer.from('414d515000010000ffffffff02000000', 'hex')],
    ['a frame with a broken performative', Buffer.from('414d5150000100000000000c0200000000ff1234', 'hex')],
    [
      'a link on a session that was never begun',
      Buffer.from('414d5150000100000000000c0200000700531245', 'hex'),
    ],
  ])('cuts off a peer that sends %s, and serves the others', async (_, bytes) => {
    const { server, log } = await start();
    const socket = net.connect(server.port, '127.0.0.1').on('error', () => undefined);
    const closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    socket.resume().write(bytes);
    await closed;
    await producer(server).sendBatch([{ body: 1 }], { partitionId: '0' });
    expect(log.partition('0').lastSequenceNumber).toBe(0);
  });
});

async function received(collector: Collector, count: number): Promise<Collector> {
  await vi.waitFor(() => expect(collector.events.length).toBeGreaterThanOrEqual(count), until);
  return collector;
}
