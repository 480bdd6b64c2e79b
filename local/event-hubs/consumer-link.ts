import type { Sender } from 'rhea';
import type { EventLog } from './event-log.ts';
import { encodeEvent } from './event-message.ts';
import { firstUnwrittenDelivery, linkCredit, sessionCapacity } from './rhea-internals.ts';

export interface ConsumerLinkOptions {
  sender: Sender;
  log: EventLog;
  partitionId: string;
  fromSequenceNumber: number;
  /** Tells the receiver about the partition's end with every event. */
  runtimeMetrics: boolean;
  now: () => Date;
  onFault: (error: unknown) => void;
}

/**
 * Sends the events of one partition to one receiver, as far as it has given credit. `detach` ends it; the
 * link itself is the caller's to close.
 */
export function feedConsumer(options: ConsumerLinkOptions): { detach: () => void } {
  const { sender, log, partitionId } = options;
  /** Ids of deliveries that are queued in the session but not written, and so do not count against the credit yet. */
  const queued: number[] = [];
  let next = options.fromSequenceNumber;

  const send = () => {
    const unwritten = firstUnwrittenDelivery(sender);
    while (queued[0] !== undefined && queued[0] < unwritten) queued.shift();
    const room = Math.min(linkCredit(sender) - queued.length, sessionCapacity(sender));
    const metrics = options.runtimeMetrics
      ? { partition: log.partition(partitionId), retrievedAt: options.now() }
      : undefined;
    for (const event of room > 0 ? log.read(partitionId, next, room) : []) {
      queued.push(sender.send(encodeEvent(event, metrics)).id);
      next = event.sequenceNumber + 1;
    }
  };
  // An append comes from the hub: a fault of one reader must not become a fault of the writer.
  const pump = () => {
    try {
      send();
    } catch (error) {
      detach();
      options.onFault(error);
    }
  };
  const onDraining = () => {
    pump();
    sender.set_drained(true);
  };

  sender.on('sendable', pump);
  sender.on('sender_draining', onDraining);
  const stopListening = log.onAppend((event) => {
    if (event.partitionId === partitionId) pump();
  });
  const detach = () => {
    stopListening();
    sender.removeListener('sendable', pump);
    sender.removeListener('sender_draining', onDraining);
  };
  return { detach };
}
