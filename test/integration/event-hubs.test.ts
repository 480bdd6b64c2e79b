import {
  earliestEventPosition,
  EventHubConsumerClient,
  type EventPosition,
  latestEventPosition,
} from '@azure/event-hubs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventPartition } from '../../src/shared/status/event-partition.ts';
import {
  appendNumbers,
  Collector,
  endAll,
  endings,
  inOrder,
  numbers,
  producer,
  received,
  start,
  until,
} from './event-hubs-harness.ts';

afterEach(endAll);

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
});
