import type { ReceivedEventData } from '@azure/event-hubs';
import { describe, expect, test } from 'vitest';
import { batchMetadata, eventBodies, eventMetadata } from '../../../local/function-host/event-hub-rpc.ts';

const SOURCE = {
  fullyQualifiedNamespace: 'ns.servicebus.windows.net',
  eventHubName: 'hub',
  consumerGroup: 'group',
  partitionId: '3',
};

const event = (given: Partial<ReceivedEventData>, annotations = {}): ReceivedEventData => ({
  body: Buffer.from('{}'),
  enqueuedTimeUtc: new Date('2026-03-01T10:00:00.120Z'),
  partitionKey: null,
  offset: '4096',
  sequenceNumber: 7,
  ...given,
  getRawAmqpMessage: () => ({ body: undefined, messageAnnotations: annotations }),
});

const parsed = (json: string | null | undefined): unknown => JSON.parse(json ?? '');

describe('Event Hub events for the worker', () => {
  test('bodies are texts, or bytes where the binding is binary', () => {
    const events = [event({ body: Buffer.from('ä') }), event({ body: { value: 'section' } })];
    expect(eventBodies(events, { binary: false }, false)).toEqual({
      collectionString: { string: ['ä', '{"value":"section"}'] },
    });
    expect(eventBodies(events.slice(0, 1), { binary: true }, false)).toEqual({
      collectionBytes: { bytes: [Buffer.from('ä')] },
    });
  });

  test('empty bodies go missing unless the app has the capability', () => {
    const events = [
      event({ body: Buffer.alloc(0) }),
      event({ body: Buffer.from('x') }),
      event({ body: undefined }),
    ];
    expect(eventBodies(events, { binary: false }, false).collectionString?.string).toEqual(['x']);
    expect(eventBodies(events, { binary: false }, true).collectionString?.string).toEqual(['', 'x', '']);
  });

  test.each([
    [7, { low: 7, high: 0, unsigned: false }],
    [2 ** 31, { low: -(2 ** 31), high: 0, unsigned: false }],
    [2 ** 32 + 5, { low: 5, high: 1, unsigned: false }],
  ])(
    'sequence number %d of a batch is a 64-bit pair, and a number in the system properties',
    (sequenceNumber, pair) => {
      const metadata = batchMetadata([event({ sequenceNumber })], SOURCE);
      expect(metadata['SequenceNumberArray']).toEqual({ collectionSint64: { sint64: [pair] } });
      expect(parsed(metadata['SystemPropertiesArray']?.json)).toMatchObject([
        { SequenceNumber: sequenceNumber },
      ]);
    },
  );

  test('system properties hold AMQP properties by their AMQP names, all annotations, and times without a zone', () => {
    const given = event(
      {
        partitionKey: 'dev1',
        properties: { deviceId: 'dev1' },
        systemProperties: { contentType: 'application/json', userId: Buffer.from('hub'), 'x-own': 1 },
      },
      { 'iothub-enqueuedtime': new Date('2026-03-01T09:59:59Z'), 'x-own': 1 },
    );
    const metadata = eventMetadata(given, SOURCE);
    expect(parsed(metadata['SystemProperties']?.json)).toEqual({
      'content-type': 'application/json',
      'user-id': 'aHVi',
      'iothub-enqueuedtime': '2026-03-01T09:59:59.000Z',
      'x-own': 1,
      SequenceNumber: 7,
      Offset: '4096',
      PartitionKey: 'dev1',
      EnqueuedTimeUtc: '2026-03-01T10:00:00.120',
    });
    expect(metadata['PartitionKey']).toEqual({ string: 'dev1' });
    expect(parsed(metadata['Properties']?.json)).toEqual({ deviceId: 'dev1' });
  });
});
