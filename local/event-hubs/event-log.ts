import { PartitionRing, type PartitionState } from './partition-ring.ts';

export type EventValue = string | number | boolean | Date;

/** An event as it is handed in; the log adds where and when it was stored. */
export interface HubEvent {
  /** Events of one key go to one partition and keep their order; without a key partitions take turns. */
  partitionKey?: string;
  body: Buffer;
  contentType?: string;
  contentEncoding?: string;
  correlationId?: string;
  messageId?: string;
  userId?: string;
  applicationProperties: Record<string, EventValue>;
  annotations: Record<string, EventValue>;
}

export interface StoredEvent extends HubEvent {
  partitionId: string;
  /** Counts from 0 in each partition, without holes. */
  sequenceNumber: number;
  /** Opaque to clients; grows with the bytes stored, as in Event Hubs, and so never equals the sequence number. */
  offset: string;
  enqueuedTime: Date;
}

export interface EventLogOptions {
  /** The event hub's name, which is the AMQP entity path. */
  name: string;
  partitionCount: number;
  partitionOf: (partitionKey: string, partitionCount: number) => number;
  now: () => Date;
  /** Older events fall out: the local stand-in for retention time. */
  maxEventsPerPartition: number;
  /** Events of an earlier run, for each partition in order; sequence numbers go on behind them. */
  restored?: readonly (readonly StoredEvent[])[];
  /** Called before an event can be read, so that no reader ever gets ahead of what was kept. */
  keep?: (event: StoredEvent) => void;
}

export class UnknownPartitionError extends Error {
  readonly code = 'unknown-partition';

  constructor(partitionId: string, partitionIds: readonly string[]) {
    super(`There is no partition '${partitionId}': the partitions are ${partitionIds.join(', ')}`);
    this.name = 'UnknownPartitionError';
  }
}

/** The events of one event hub in memory: a bounded ring for each partition. No sockets, no files, a given clock. */
export class EventLog {
  readonly name: string;
  readonly partitionIds: readonly string[];
  readonly createdAt: Date;
  readonly #options: EventLogOptions;
  readonly #rings: readonly PartitionRing[];
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  #nextKeyless = 0;

  constructor(options: EventLogOptions) {
    this.name = options.name;
    this.createdAt = options.now();
    this.#options = options;
    this.partitionIds = Array.from({ length: options.partitionCount }, (_, id) => String(id));
    this.#rings = this.partitionIds.map(
      (id, index) => new PartitionRing(id, options.maxEventsPerPartition, options.restored?.[index] ?? []),
    );
  }

  /** The partition that an event without an explicit one goes to; for a keyless event each call gives the next. */
  choosePartition(partitionKey: string | undefined): string {
    const count = this.partitionIds.length;
    const index =
      partitionKey === undefined
        ? this.#nextKeyless++ % count
        : this.#options.partitionOf(partitionKey, count);
    return String(index);
  }

  /** Stores one event; throws an {@link UnknownPartitionError} for a partition that is not there. */
  append(event: HubEvent, partitionId = this.choosePartition(event.partitionKey)): StoredEvent {
    const ring = this.#ring(partitionId);
    const stored = ring.next(event, this.#options.now());
    this.#options.keep?.(stored);
    ring.push(stored);
    for (const listener of this.#listeners) listener(stored);
    return stored;
  }

  /** At most `max` events from a sequence number on, or from the oldest one still there. */
  read(partitionId: string, fromSequenceNumber: number, max: number): readonly StoredEvent[] {
    return this.#ring(partitionId).read(fromSequenceNumber, max);
  }

  /** The sequence number of the first event for which `matches` holds, given that it then holds for all later ones. */
  firstMatch(partitionId: string, matches: (event: StoredEvent) => boolean): number {
    return this.#ring(partitionId).firstMatch(matches);
  }

  partition(partitionId: string): PartitionState {
    return this.#ring(partitionId).state();
  }

  /** Calls `listener` after each append; it must not throw. The answer ends it. */
  onAppend(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #ring(partitionId: string): PartitionRing {
    const ring = this.#rings[this.partitionIds.indexOf(partitionId)];
    if (!ring) throw new UnknownPartitionError(partitionId, this.partitionIds);
    return ring;
  }
}
