import type { ReceivedEventData } from '@azure/event-hubs';
import type { RpcLong, RpcTypedData } from './core-contract.ts';
import type { EventHubBinding } from './trigger-binding.ts';

/** Where the events were read; the members of .NET's TriggerPartitionContext. */
export interface EventSource {
  readonly fullyQualifiedNamespace: string;
  readonly eventHubName: string;
  readonly consumerGroup: string;
  readonly partitionId: string;
}

/**
 * Cardinality many: all bodies. Empty ones are dropped, and then the rest no longer lines up with the
 * metadata, as in Azure; the capability IncludeEmptyEntriesInMessagePayload keeps them.
 */
export function eventBodies(
  events: readonly ReceivedEventData[],
  binding: Pick<EventHubBinding, 'binary'>,
  includeEmpty: boolean,
): RpcTypedData {
  const bodies = events.map(bodyBytes).filter((body) => includeEmpty || body.length > 0);
  return binding.binary
    ? { collectionBytes: { bytes: bodies } }
    : { collectionString: { string: bodies.map((body) => body.toString('utf8')) } };
}

/** Cardinality one. */
export function eventBody(event: ReceivedEventData, binding: Pick<EventHubBinding, 'binary'>): RpcTypedData {
  const body = bodyBytes(event);
  return binding.binary ? { bytes: body } : { string: body.toString('utf8') };
}

/** Metadata of a batch: arrays in the order of the events, .NET's spelling (the library lower-cases it). */
export function batchMetadata(
  events: readonly ReceivedEventData[],
  source: EventSource,
): Record<string, RpcTypedData> {
  return {
    PartitionContext: partitionContext(source),
    PartitionKeyArray: { collectionString: { string: events.map((event) => event.partitionKey ?? '') } },
    OffsetArray: { collectionString: { string: events.map((event) => event.offset) } },
    SequenceNumberArray: { collectionSint64: { sint64: events.map((event) => long(event.sequenceNumber)) } },
    EnqueuedTimeUtcArray: json(events.map((event) => withoutZone(event.enqueuedTimeUtc))),
    PropertiesArray: json(events.map((event) => event.properties ?? {})),
    SystemPropertiesArray: json(events.map(systemProperties)),
  };
}

/** Metadata of a single event. */
export function eventMetadata(event: ReceivedEventData, source: EventSource): Record<string, RpcTypedData> {
  return {
    PartitionContext: partitionContext(source),
    PartitionKey: { string: event.partitionKey ?? '' },
    Offset: { string: event.offset },
    SequenceNumber: { int: event.sequenceNumber },
    EnqueuedTimeUtc: { string: withoutZone(event.enqueuedTimeUtc) },
    Properties: json(event.properties ?? {}),
    SystemProperties: json(systemProperties(event)),
  };
}

/** The subscription leaves bodies alone, so a data section is a Buffer; value and sequence sections are not. */
function bodyBytes(event: ReceivedEventData): Buffer {
  const body: unknown = event.body;
  if (Buffer.isBuffer(body)) return body;
  if (body === null || body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function partitionContext(source: EventSource): RpcTypedData {
  return json({
    FullyQualifiedNamespace: source.fullyQualifiedNamespace,
    EventHubName: source.eventHubName,
    ConsumerGroup: source.consumerGroup,
    PartitionId: source.partitionId,
    IsCheckpointingAfterInvocation: true,
  });
}

/** The AMQP spelling of the message properties, which is how .NET names them. */
const AMQP_PROPERTIES = {
  messageId: 'message-id',
  userId: 'user-id',
  to: 'to',
  subject: 'subject',
  replyTo: 'reply-to',
  correlationId: 'correlation-id',
  contentType: 'content-type',
  contentEncoding: 'content-encoding',
  absoluteExpiryTime: 'absolute-expiry-time',
  creationTime: 'creation-time',
  groupId: 'group-id',
  groupSequence: 'group-sequence',
  replyToGroupId: 'reply-to-group-id',
} as const;

/** AMQP properties, then all annotations, then the four members that .NET adds. */
function systemProperties(event: ReceivedEventData): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, amqpName] of Object.entries(AMQP_PROPERTIES)) {
    const value: unknown = event.systemProperties?.[name];
    if (value !== undefined && value !== null) result[amqpName] = plain(value);
  }
  for (const [name, value] of Object.entries(event.getRawAmqpMessage().messageAnnotations ?? {}))
    result[name] = plain(value);
  return {
    ...result,
    SequenceNumber: event.sequenceNumber,
    Offset: event.offset,
    PartitionKey: event.partitionKey ?? null,
    EnqueuedTimeUtc: withoutZone(event.enqueuedTimeUtc),
  };
}

/** Binary values become base64, as .NET's serializer writes bytes. */
function plain(value: unknown): unknown {
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

/** .NET hands on a DateTime without a kind: ISO without `Z`. */
function withoutZone(moment: Date): string {
  return moment.toISOString().slice(0, -1);
}

/** 64-bit integers in a collection arrive as protobuf's Long objects (worker 3.16), not as numbers. */
function long(value: number): RpcLong {
  return { low: value | 0, high: Math.floor(value / 2 ** 32), unsigned: false };
}

function json(value: unknown): RpcTypedData {
  return { json: JSON.stringify(value) };
}
