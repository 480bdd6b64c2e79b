import type { Delivery, Message } from 'rhea';
import {
  type AmqpFailure,
  argumentError,
  internalError,
  messageTooLarge,
  notImplemented,
} from './amqp-failure.ts';
import type { EventLog, HubEvent } from './event-log.ts';
import { BATCH_FORMAT, decodeBatch, decodeMessage, eventOf, UnsupportedBodyError } from './event-message.ts';

/** One publication of the standard tier: https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas */
export const MAX_MESSAGE_SIZE = 1024 * 1024;

/**
 * Stores what one delivery brought, in the link's partition if it has one, and settles the delivery. A
 * batch goes to one partition as a whole, and is stored as a whole or, if anything in it is wrong, not at all.
 */
export function acceptEvents(
  log: EventLog,
  partitionId: string | undefined,
  received: Message | Buffer,
  delivery: Delivery,
): void {
  let failure: AmqpFailure | undefined;
  try {
    failure = store(log, partitionId, received, delivery.format);
  } catch (error) {
    failure = error instanceof UnsupportedBodyError ? notImplemented(error.message) : internalError(error);
  }
  if (failure) delivery.reject(failure);
  else delivery.accept();
}

function store(
  log: EventLog,
  partitionId: string | undefined,
  received: Message | Buffer,
  format: number,
): AmqpFailure | undefined {
  const size = sizeOf(received);
  if (size > MAX_MESSAGE_SIZE) return messageTooLarge(size, MAX_MESSAGE_SIZE);
  const events = decode(received, format);
  const key = events[0]?.partitionKey;
  if (partitionId !== undefined && key !== undefined) {
    return argumentError('A partition key cannot be given on a link to one partition.');
  }
  const target = partitionId ?? log.choosePartition(key);
  for (const event of events) log.append(event, target);
  return undefined;
}

/** rhea decodes messages of the standard format only; a missing format (some clients) and batches arrive raw. */
function decode(received: Message | Buffer, format: number): readonly HubEvent[] {
  if (!Buffer.isBuffer(received)) return [eventOf(received)];
  if (format !== BATCH_FORMAT) return [eventOf(decodeMessage(received))];
  const { messages, partitionKey } = decodeBatch(received);
  return messages.map((message) => eventOf(message, partitionKey));
}

function sizeOf(received: Message | Buffer): number {
  return Buffer.isBuffer(received) ? received.length : Buffer.byteLength(received.body?.content ?? '');
}
