import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import type { EventHubsServer } from '../../local/event-hubs/amqp-server.ts';
import { EventLog } from '../../local/event-hubs/event-log.ts';
import { type AzureClients, azureClients } from '../../src/shared/azure/clients.ts';
import { readSettings } from '../../src/shared/settings.ts';
import { eventsBehind, ingestLag, type IngestLag } from '../../src/shared/status/ingest-lag.ts';
import { appendNumbers, Collector, endAll, LOG, received, start } from './event-hubs-harness.ts';

const GROUP = 'Ingest';

describe('the events behind in a partition', () => {
  const partition = (first: number, last: number) => ({
    beginningSequenceNumber: first,
    lastEnqueuedSequenceNumber: last,
    isEmpty: last < first,
  });

  test.each([
    ['nothing was ever there', partition(0, -1), undefined, 0],
    ['nothing was recorded', partition(0, 9), undefined, 10],
    ['nothing was recorded, and the oldest are gone', partition(4, 9), undefined, 6],
    ['some are recorded', partition(0, 9), 6, 3],
    ['all are recorded', partition(0, 9), 9, 0],
    ['all are recorded and gone', partition(10, 9), 9, 0],
    ['all are gone and none was recorded', { ...partition(0, 9), isEmpty: true }, undefined, 0],
    ['some are gone unrecorded: they are missing all the same', partition(8, 9), 2, 7],
    ['the event hub was created anew and counts from 0', partition(0, 1), 5000, 2],
  ])('where %s', (_, state, recorded, behind) => {
    expect(eventsBehind(state, recorded)).toBe(behind);
  });
});

/** No event of any partition is recorded. */
const NONE = { 0: 0, 1: 0, 2: 0, 3: 0 };

describe('the ingest lag', () => {
  let azurite: RunningAzurite;
  let containers = 0;
  let container: ContainerClient;
  const opened: AzureClients[] = [];
  let log: EventLog;
  let server: EventHubsServer;

  beforeAll(async () => {
    azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  });
  afterAll(() => azurite.close());
  beforeEach(async () => {
    containers += 1;
    container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      `checkpoints-${containers}`,
    );
    ({ log, server } = await start(new EventLog({ ...LOG, maxEventsPerPartition: 1000 })));
  });
  afterEach(async () => {
    // Before the server: closing a client whose server has gone takes minutes.
    for (const clients of opened.splice(0)) await (await clients.eventHub()).close();
    await endAll();
  });

  /** The clients of an app whose events are here. */
  function clientsFor(twinEvents: string): AzureClients {
    const clients = azureClients(
      readSettings({
        AzureWebJobsStorage: azurite.connectionString,
        FIRMWARE_STORAGE: azurite.connectionString,
        IOT_HUB: 'HostName=h.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=a2V5',
        TWIN_EVENTS: twinEvents,
        TWIN_EVENTS_HUB: log.name,
        TWIN_EVENTS_CONSUMER_GROUP: GROUP,
      }),
    );
    opened.push(clients);
    return clients;
  }

  function lagOf(clients: AzureClients): Promise<IngestLag> {
    const checkpoints = async () => clients.hostContainer(container.containerName);
    return ingestLag({ eventHub: () => clients.eventHub(), consumerGroup: GROUP, checkpoints });
  }

  test('is everything that is there, before the trigger has made its first checkpoint', async () => {
    const clients = clientsFor(server.connectionString);
    expect(await lagOf(clients)).toEqual({
      events: 0,
      partitions: { 0: 0, 1: 0, 2: 0, 3: 0 },
      recorded: NONE,
    });
    appendNumbers(log, 0, 7, '2');
    expect(await lagOf(clients)).toEqual({
      events: 7,
      partitions: { 0: 0, 1: 0, 2: 7, 3: 0 },
      recorded: NONE,
    });
  });

  test('falls to nothing as a consumer checkpoints, and rises with what comes after it', async () => {
    await container.create();
    const clients = clientsFor(server.connectionString);
    appendNumbers(log, 0, 40, '1');
    appendNumbers(log, 0, 10, '3');
    expect((await lagOf(clients)).events).toBe(50);

    const store = new BlobCheckpointStore(container);
    const consumer = new Collector(server.connectionString, GROUP.toLowerCase(), store);
    consumer.subscribe({ sequenceNumber: -1 }, {}, true);
    await received(consumer, 50);
    await consumer.close();
    expect((await lagOf(clients)).events).toBe(0);

    appendNumbers(log, 0, 3, '0');
    appendNumbers(log, 0, 4, '3');
    expect(await lagOf(clients)).toEqual({
      events: 7,
      partitions: { 0: 3, 1: 0, 2: 0, 3: 4 },
      recorded: { 0: 0, 1: 40, 2: 0, 3: 10 },
    });
  });

  test('takes no other consumer group’s checkpoints for its own', async () => {
    await container.create();
    appendNumbers(log, 0, 5, '0');
    const consumer = new Collector(server.connectionString, '$Default', new BlobCheckpointStore(container));
    consumer.subscribe({ sequenceNumber: -1 }, {}, true);
    await received(consumer, 5);
    await consumer.close();
    expect((await lagOf(clientsFor(server.connectionString))).events).toBe(5);
  });

  test('is unknown while the event hub does not answer, and known again once it does', async () => {
    const clients = clientsFor(server.connectionString);
    appendNumbers(log, 0, 4, '1');
    expect((await lagOf(clients)).events).toBe(4);
    await server.close();
    await expect(lagOf(clients)).rejects.toMatchObject({ code: 'ingest-lag-unknown' });

    await start(log, Number(new URL(server.connectionString.split(/[=;]/)[1] ?? '').port));
    await expect.poll(async () => (await lagOf(clients)).events, { timeout: 20_000 }).toBe(4);
  });
});
