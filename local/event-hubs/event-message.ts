import rhea from 'rhea';
import type { Message } from 'rhea';
import type { EventValue, HubEvent, StoredEvent } from './event-log.ts';
import type { PartitionState } from './partition-ring.ts';

/** The message format of a batch: its data sections are encoded messages (Event Hubs and Service Bus). */
export const BATCH_FORMAT = 0x80013700;

const PARTITION_KEY = 'x-opt-partition-key';
const DATA_SECTION = 0x75;

/** A message whose body the log cannot store. */
export class UnsupportedBodyError extends Error {
  readonly code = 'unsupported-body';

  constructor() {
    super('Only events with data sections are stored; AMQP values and sequences are not.');
    this.name = 'UnsupportedBodyError';
  }
}

/** The newest event of a partition and when that was looked up, for receivers that ask to be told. */
export interface RuntimeMetrics {
  partition: PartitionState;
  retrievedAt: Date;
}

/** A stored event as the message that a consumer gets. */
export function encodeEvent(event: StoredEvent, metrics?: RuntimeMetrics): Message {
  return {
    body: rhea.message.data_section(event.body),
    message_annotations: {
      ...event.annotations,
      'x-opt-sequence-number': rhea.types.wrap_long(event.sequenceNumber),
      'x-opt-offset': event.offset,
      'x-opt-enqueued-time': event.enqueuedTime,
    },
    ...(Object.keys(event.applicationProperties).length > 0 && {
      application_properties: event.applicationProperties,
    }),
    ...(metrics && { delivery_annotations: deliveryAnnotations(metrics) }),
    ...messageProperties(event),
    // The typings want toJSON, and a string for user_id, which is bytes.
  } as unknown as Message;
}

function messageProperties(event: StoredEvent) {
  return {
    ...(event.messageId !== undefined && { message_id: event.messageId }),
    ...(event.userId !== undefined && { user_id: Buffer.from(event.userId) }),
    ...(event.correlationId !== undefined && { correlation_id: event.correlationId }),
    ...(event.contentType !== undefined && { content_type: event.contentType }),
    ...(event.contentEncoding !== undefined && { content_encoding: event.contentEncoding }),
  };
}

function deliveryAnnotations({ partition, retrievedAt }: RuntimeMetrics) {
  return {
    last_enqueued_sequence_number: rhea.types.wrap_long(partition.lastSequenceNumber),
    last_enqueued_offset: partition.lastOffset,
    last_enqueued_time_utc: partition.lastEnqueuedTime,
    runtime_info_retrieval_time_utc: retrievedAt,
  };
}

/** The encoded messages of a batch, and its partition key, which stands on the envelope only. */
export function decodeBatch(batch: Buffer): { partitionKey?: string; messages: readonly Message[] } {
  const envelope = decodeMessage(batch);
  const partitionKey = partitionKeyOf(envelope);
  return {
    ...(partitionKey !== undefined && { partitionKey }),
    messages: dataSections(envelope).map((data) => decodeMessage(data)),
  };
}

export function decodeMessage(encoded: Buffer): Message {
  return rhea.message.decode(encoded) as unknown as Message;
}

/** A producer's message as an event; `partitionKey` is that of its batch. Throws an {@link UnsupportedBodyError}. */
export function eventOf(message: Message, partitionKey = partitionKeyOf(message)): HubEvent {
  return {
    body: Buffer.concat(dataSections(message)),
    applicationProperties: plainValues(message.application_properties ?? {}),
    annotations: partitionKey === undefined ? {} : { [PARTITION_KEY]: partitionKey },
    ...(partitionKey !== undefined && { partitionKey }),
    ...optionalText('messageId', message.message_id),
    ...optionalText('userId', message.user_id),
    ...optionalText('correlationId', message.correlation_id),
    ...optionalText('contentType', message.content_type),
    ...optionalText('contentEncoding', message.content_encoding),
  };
}

function partitionKeyOf(message: Message): string | undefined {
  const key: unknown = message.message_annotations?.[PARTITION_KEY];
  return typeof key === 'string' ? key : undefined;
}

function dataSections(message: Message): readonly Buffer[] {
  const body = message.body as { typecode?: number; content?: unknown } | null | undefined;
  if (body?.typecode !== DATA_SECTION) throw new UnsupportedBodyError();
  const sections: unknown[] = Array.isArray(body.content) ? body.content : [body.content];
  return sections.map((section) => {
    if (!Buffer.isBuffer(section)) throw new UnsupportedBodyError();
    return section;
  });
}

/** AMQP allows numbers, bytes and UUIDs where events have text. */
function optionalText<Name extends string>(
  name: Name,
  value: string | number | Buffer | null | undefined,
): { [key in Name]?: string } {
  if (value === undefined || value === null) return {};
  return { [name]: String(value) } as { [key in Name]: string };
}

/** AMQP has more types than an event's properties need here: what is none of ours (a UUID, bytes) becomes text. */
function plainValues(properties: Record<string, unknown>): Record<string, EventValue> {
  const values = Object.entries(properties).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    values.map(([name, value]) => [name, isEventValue(value) ? value : String(value)]),
  );
}

function isEventValue(value: unknown): value is EventValue {
  return ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Date;
}
