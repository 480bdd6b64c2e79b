import { EventHubProducerClient } from '@azure/event-hubs';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { type EventHubsServer, startEventHubs } from '../../local/event-hubs/amqp-server.ts';
import { EventLog } from '../../local/event-hubs/event-log.ts';
import { eventually, startFixture, type TestHost } from './function-host-harness.ts';

interface Batch {
  events: unknown[];
  metadata: { propertiesArray: unknown[]; systemPropertiesArray: Record<string, unknown>[] };
}
interface Attempt {
  events: unknown[];
  retry: { retryCount: number; maxRetryCount: number; exception?: { message: string } };
}

const HUB = 'twin-changes';
const PARTITIONS = 2;

describe('the Event Hub trigger', () => {
  let azurite: RunningAzurite;
  let log: EventLog;
  let server: EventHubsServer;
  let env: Record<string, string>;
  let app: TestHost;
  let producer: EventHubProducerClient;

  beforeAll(async () => {
    azurite = await startAzurite({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } });
    log = new EventLog({
      name: HUB,
      partitionCount: PARTITIONS,
      partitionOf: (key, count) => Number(key) % count,
      now: () => new Date(),
      maxEventsPerPartition: 10_000,
    });
    server = await startEventHubs({
      log,
      host: '127.0.0.1',
      port: 0,
      consumerGroups: ['$Default', 'batches', 'retried', 'singles'],
      keyName: 'test',
      key: 'a2V5',
      now: () => new Date(),
    });
    env = { AzureWebJobsStorage: azurite.connectionString, HubConnection: server.connectionString, HUB };
    producer = new EventHubProducerClient(server.connectionString, { retryOptions: { retryDelayInMs: 200 } });
    app = await startFixture('event-hub', env);
  });
  afterAll(async () => {
    await app.host.stop();
    await producer.close();
    await server.close();
    await azurite.close();
  });

  const send = async (partitionId: string, ...bodies: unknown[]): Promise<void> =>
    producer.sendBatch(
      bodies.map((body) => ({ body })),
      { partitionId },
    );
  const batches = (): Batch[] =>
    app.entries('batches').filter((entry): entry is Batch => Object.hasOwn(entry as object, 'events'));
  const batchesWith = (event: string): Batch[] => batches().filter(({ events }) => events.includes(event));
  const attempts = (event: string): Attempt[] =>
    (app.entries('retried') as Attempt[]).filter(({ events }) => events.includes(event));
  /** Sequence number of the partition's checkpoint, where the SDK's store keeps it. */
  const checkpoint = async (group: string, partitionId: string): Promise<number | undefined> => {
    const blob = BlobServiceClient.fromConnectionString(azurite.connectionString)
      .getContainerClient('azure-webjobs-eventhub')
      .getBlobClient(`localhost/${HUB}/${group}/checkpoint/${partitionId}`);
    if (!(await blob.exists())) return undefined;
    const { metadata } = await blob.getProperties();
    return Number(metadata?.['sequencenumber']);
  };
  const delivered = (name: string): number =>
    batches()
      .flatMap(({ events }) => events)
      .filter((event) => event === name).length;

  test('a batch arrives parsed, with its metadata in the order of the events', async () => {
    log.append({
      partitionKey: '1',
      body: Buffer.from('{"version":3}'),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId: 'abc',
      applicationProperties: { deviceId: 'dev1', opType: 'updateTwin' },
      annotations: { 'iothub-connection-device-id': 'dev1', 'iothub-message-source': 'twinChangeEvents' },
    });
    const [batch] = await eventually('the batch', () => batches().length === 1 && batches());
    expect(batch?.events).toEqual([{ version: 3 }]);
    const { offset, enqueuedTimeUtc } = batch?.metadata.systemPropertiesArray[0] ?? {};
    expect(batch?.metadata).toEqual({
      partitionContext: {
        fullyQualifiedNamespace: expect.stringContaining('localhost') as string,
        eventHubName: HUB,
        consumerGroup: 'batches',
        partitionId: '1',
        isCheckpointingAfterInvocation: true,
      },
      partitionKeyArray: [''],
      // The library parses every string that is JSON, these too.
      offsetArray: [Number(offset)],
      sequenceNumberArray: [{ low: 0, high: 0, unsigned: false }],
      enqueuedTimeUtcArray: [enqueuedTimeUtc],
      propertiesArray: [{ deviceId: 'dev1', opType: 'updateTwin' }],
      systemPropertiesArray: [
        {
          'content-type': 'application/json',
          'content-encoding': 'utf-8',
          'correlation-id': 'abc',
          'iothub-connection-device-id': 'dev1',
          'iothub-message-source': 'twinChangeEvents',
          'x-opt-sequence-number': 0,
          'x-opt-offset': offset,
          'x-opt-enqueued-time': `${String(enqueuedTimeUtc)}Z`,
          sequenceNumber: 0,
          offset,
          partitionKey: null,
          enqueuedTimeUtc,
        },
      ],
    });
    expect(offset).toEqual(expect.any(String));
    expect(enqueuedTimeUtc).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
  });

  test('cardinality one gives each event by itself, in order', async () => {
    await send('0', 'one', 'two', 'not { json');
    const isOurs = (entry: unknown): boolean =>
      ['one', 'two', 'not { json'].includes((entry as { event: string }).event);
    const entries = await eventually('three single events', () => {
      const ours = app.entries('singles').filter(isOurs);
      return ours.length === 3 && ours;
    });
    expect(entries).toMatchObject([
      { event: 'one', metadata: { sequenceNumber: 0, partitionContext: { partitionId: '0' } } },
      { event: 'two', metadata: { sequenceNumber: 1, systemProperties: { sequenceNumber: 1 } } },
      { event: 'not { json', metadata: { sequenceNumber: 2, properties: {} } },
    ]);
  });

  test('an empty body is dropped from a batch, and the metadata no longer lines up, as in Azure', async () => {
    await send('0', Buffer.alloc(0), 'beside an empty one');
    const [batch] = await eventually(
      'the batch',
      () => batchesWith('beside an empty one').length > 0 && batchesWith('beside an empty one'),
    );
    expect(batch?.events).toEqual(['beside an empty one']);
    expect(batch?.metadata.propertiesArray).toHaveLength(2);
  });

  test('a partition whose batch is slow does not hold up the other, nor gets a second batch meanwhile', async () => {
    await send('0', 'slow');
    await eventually('the slow batch to begin', () => batchesWith('slow').length === 1);
    await send('0', 'behind the slow one');
    await send('1', 'on the other partition');
    await eventually('all of them', () => batchesWith('behind the slow one').length === 1);
    const order = app
      .entries('batches')
      .flatMap((entry) => (entry as { events?: unknown[] }).events ?? ['slow ended'])
      .slice(-4);
    expect(order).toEqual(['slow', 'on the other partition', 'slow ended', 'behind the slow one']);
  });

  test('without a retry policy a failed batch is checkpointed and not seen again', async () => {
    await send('0', 'poison');
    await eventually('the failing batch', () => batchesWith('poison').length === 1);
    const sequenceNumber =
      batchesWith('poison')[0]?.metadata.systemPropertiesArray.at(-1)?.['sequenceNumber'];
    await eventually('its checkpoint', async () => (await checkpoint('batches', '0')) === sequenceNumber);
    await send('0', 'after the poison');
    await eventually('the next batch', () => batchesWith('after the poison').length === 1);
    expect(delivered('poison')).toBe(1);
  });

  test('a retry policy holds the partition until the batch succeeds, with the retry context filled', async () => {
    await send('0', 'fails twice');
    const [batch] = await eventually(
      'it to be read',
      () => batchesWith('fails twice').length === 1 && batchesWith('fails twice'),
    );
    const sequenceNumber = Number(batch?.metadata.systemPropertiesArray[0]?.['sequenceNumber']);
    await eventually('the first attempt', () => attempts('fails twice').length === 1);
    await send('0', 'behind it');
    await eventually('the second attempt', () => attempts('fails twice').length === 2);
    expect(await checkpoint('retried', '0')).toBeLessThan(sequenceNumber);
    await eventually('what was behind it', () => attempts('behind it').length === 1);
    expect((app.entries('retried') as Attempt[]).slice(-4).map(({ events }) => events)).toEqual([
      ['fails twice'],
      ['fails twice'],
      ['fails twice'],
      ['behind it'],
    ]);
    expect(
      attempts('fails twice').map(({ retry }) => [
        retry.retryCount,
        retry.maxRetryCount,
        retry.exception?.message,
      ]),
    ).toEqual([
      [0, 2, undefined],
      [1, 2, 'not yet'],
      [2, 2, 'not yet'],
    ]);
  });

  test('a policy that gives up lets the partition go on', async () => {
    await send('1', 'always fails');
    await eventually('three attempts', () => attempts('always fails').length === 3);
    await send('1', 'next, please');
    await eventually('the next event', () => attempts('next, please').length === 1);
    expect(attempts('always fails')).toHaveLength(3);
  });

  test('a stop lets the running batch end and checkpoints it: the next host sees only what is new', async () => {
    await send('0', 'slow');
    await eventually('the slow batch to begin', () => batchesWith('slow').length === 2);
    await app.host.stop();
    expect(app.entries('batches').at(-1)).toEqual({ slowEnd: true });
    await send('0', 'sent while nobody was there');
    app = await startFixture('event-hub', { ...env, KEEP_EMPTY: 'yes' });
    await eventually('the new event', () => batchesWith('sent while nobody was there').length === 1);
    expect(batches()).toHaveLength(1);
  });

  test('with IncludeEmptyEntriesInMessagePayload an empty body keeps its place', async () => {
    await send('0', 'before', Buffer.alloc(0), 'behind');
    const [batch] = await eventually(
      'the batch',
      () => batchesWith('behind').length === 1 && batchesWith('behind'),
    );
    expect(batch?.events).toEqual(['before', '', 'behind']);
  });

  test('when all connections are cut, reading goes on without a restart and without a loss', async () => {
    server.dropAll();
    // Straight into the log: how soon a producer is back is of no concern here.
    log.append({
      partitionKey: '1',
      body: Buffer.from('after the cut'),
      applicationProperties: {},
      annotations: {},
    });
    await eventually('an event after the cut', () => batchesWith('after the cut').length === 1);
    expect(app.host.restarts()).toBe(0);
  });

  test('after kill -9 in a batch the partitions are taken over within seconds and the batch runs again', async () => {
    await send('1', 'kill me');
    await eventually('the crash', () => app.host.restarts() >= 1);
    const crashedAt = performance.now();
    await eventually('the batch to run again', () => delivered('kill me') >= 2);
    expect(performance.now() - crashedAt).toBeLessThan(12_000);
    await app.host.stop();
    app = await startFixture('event-hub', { ...env, SURVIVE: 'yes' });
    await eventually('the batch to run a last time', () => delivered('kill me') === 1);
    await send('1', 'alive again');
    await eventually('the next event', () => batchesWith('alive again').length === 1);
    expect(delivered('sent while nobody was there')).toBe(0);
  });
});
