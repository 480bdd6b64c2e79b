import { type DequeuedMessageItem, type QueueClient, RestError } from '@azure/storage-queue';
import type { RegisteredFunction } from './core-api.ts';
import type { RpcTypedData } from './core-contract.ts';
import type { QueuesSettings } from './host-json.ts';
import type { HostLog } from './host-messages.ts';
import type { Invoke } from './invoke.ts';
import type { QueueBinding } from './trigger-binding.ts';

/**
 * How long a message is nobody else's, renewed halfway while its function runs. Azure's host takes ten
 * minutes: so long a message waits there after a kill. A laptop has one host and no patience.
 */
export const LEASE_SECONDS = 5;

/** What it takes to run one function on the messages of its queue. */
export interface QueueWork {
  readonly fn: RegisteredFunction;
  readonly binding: QueueBinding;
  readonly settings: QueuesSettings;
  readonly queue: QueueClient;
  /** Absent for a queue that is one itself. */
  readonly poison: QueueClient | undefined;
  readonly invoke: Invoke;
  readonly log: HostLog;
}

/**
 * Runs the function on one message and settles the message. Rejects on faults of the storage; the message's
 * turn comes again when its lease ends.
 */
export async function processMessage(work: QueueWork, message: DequeuedMessageItem): Promise<void> {
  const { settings } = work;
  const text = decoded(message.messageText, settings.messageEncoding);
  // A message that killed its process each time was never settled; it is only counted.
  if (text === undefined || message.dequeueCount > settings.maxDequeueCount) {
    return toPoison(work, message, message.popReceipt);
  }
  const lease = keepLease(work, message);
  const succeeded = await run(work, message, text);
  const popReceipt = await lease.end();
  if (succeeded) return gone(work.queue.deleteMessage(message.messageId, popReceipt));
  if (message.dequeueCount >= settings.maxDequeueCount) return toPoison(work, message, popReceipt);
  const visibleAfter = Math.round(settings.visibilityTimeout / 1000);
  return gone(work.queue.updateMessage(message.messageId, popReceipt, undefined, visibleAfter));
}

/** Undefined where a message is not in the encoding that host.json says, so that no run can help. */
function decoded(text: string, encoding: QueuesSettings['messageEncoding']): string | undefined {
  if (encoding === 'none') return text;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('utf8') : undefined;
}

async function run(work: QueueWork, message: DequeuedMessageItem, text: string): Promise<boolean> {
  const inputData = [{ name: work.binding.name, data: { string: text } }];
  try {
    await work.invoke(work.fn, { inputData, triggerMetadata: metadata(message, text) });
    return true;
  } catch {
    // The invocation has been logged with its error; here only the count matters.
    return false;
  }
}

/** .NET's spelling; the library lower-cases the first letters. */
function metadata(message: DequeuedMessageItem, text: string): Record<string, RpcTypedData> {
  return {
    QueueTrigger: { string: text },
    DequeueCount: { json: JSON.stringify(message.dequeueCount) },
    ExpirationTime: { json: JSON.stringify(message.expiresOn) },
    Id: { string: message.messageId },
    InsertionTime: { json: JSON.stringify(message.insertedOn) },
    NextVisibleTime: { json: JSON.stringify(message.nextVisibleOn) },
    PopReceipt: { string: message.popReceipt },
  };
}

/** Renews the lease at half its time until it is ended; each renewal gives another receipt. */
function keepLease({ queue }: QueueWork, { messageId, popReceipt }: DequeuedMessageItem) {
  let receipt = popReceipt;
  let renewing: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    const answer = await queue.updateMessage(messageId, receipt, undefined, LEASE_SECONDS);
    receipt = answer.popReceipt ?? receipt;
  };
  const timer = setInterval(
    () => {
      // A lease that could not be renewed ends: then the message comes again, which is what it may do anyway.
      renewing = renew().catch(() => undefined);
    },
    (LEASE_SECONDS * 1000) / 2,
  );
  return {
    end: async (): Promise<string> => {
      clearInterval(timer);
      await renewing;
      return receipt;
    },
  };
}

/** The copy first: a crash in between gives two messages rather than none. */
async function toPoison(work: QueueWork, message: DequeuedMessageItem, popReceipt: string): Promise<void> {
  const { poison, fn, log } = work;
  if (poison === undefined) return;
  await poison.createIfNotExists();
  await poison.sendMessage(message.messageText);
  await gone(work.queue.deleteMessage(message.messageId, popReceipt));
  const text = `A message was taken ${message.dequeueCount} times in vain and went to the queue ${poison.name}.`;
  log({ level: 'warning', category: 'host', functionName: fn.metadata.name, message: text });
}

/** Somebody else has taken or removed the message meanwhile: it is theirs to settle. */
async function gone(settling: Promise<unknown>): Promise<void> {
  try {
    await settling;
  } catch (error) {
    const lost = error instanceof RestError && (error.statusCode === 404 || error.statusCode === 400);
    if (!lost) throw error;
  }
}
