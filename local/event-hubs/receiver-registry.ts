import { type AmqpFailure, receiverStolen, tooManyReceivers } from './amqp-failure.ts';

/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas: epoch-less readers of a partition in one group. */
const MAX_RECEIVERS = 5;

export interface Receiver {
  /** The owner level; undefined for a reader that shares the partition. */
  epoch: number | undefined;
  /** Ends the link: another reader took the partition. */
  steal(failure: AmqpFailure): void;
}

/** Who reads what: for each consumer group and partition either one owner or up to five sharing readers. */
export class ReceiverRegistry {
  readonly #receivers = new Map<string, Set<Receiver>>();

  /** Lets a reader in, and those out that it displaces; or says why it may not read. */
  admit(slot: string, receiver: Receiver): AmqpFailure | undefined {
    const present = this.#receivers.get(slot) ?? new Set();
    const refusal = refuse(receiver.epoch, [...present]);
    if (refusal) return refusal;
    if (receiver.epoch !== undefined) {
      for (const displaced of present) displaced.steal(stolenBy(receiver.epoch, displaced.epoch));
      present.clear();
    }
    this.#receivers.set(slot, present.add(receiver));
    return undefined;
  }

  leave(slot: string, receiver: Receiver): void {
    this.#receivers.get(slot)?.delete(receiver);
  }
}

function refuse(epoch: number | undefined, present: readonly Receiver[]): AmqpFailure | undefined {
  const highest = Math.max(...present.map((receiver) => receiver.epoch ?? Number.NEGATIVE_INFINITY));
  if (epoch === undefined && highest >= 0) {
    return receiverStolen(
      `At least one receiver for the endpoint is created with epoch of '${highest}', and so non-epoch receiver is not allowed. Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected.`,
    );
  }
  if (epoch === undefined)
    return present.length < MAX_RECEIVERS ? undefined : tooManyReceivers(MAX_RECEIVERS);
  if (epoch < highest) {
    return receiverStolen(
      `Receiver with epoch '${epoch}' cannot be created: a receiver with a higher epoch of '${highest}' exists.`,
    );
  }
  return undefined;
}

function stolenBy(epoch: number, displaced: number | undefined): AmqpFailure {
  return receiverStolen(
    `New receiver with higher epoch of '${epoch}' is created hence current receiver with epoch '${displaced ?? 'none'}' is getting disconnected. If you are recreating the receiver, make sure a higher epoch is used.`,
  );
}
