import type { HubEvent, StoredEvent } from './event-log.ts';

/** What Event Hubs tells about a partition; a partition that never held an event says -1, "-1" and the epoch. */
export interface PartitionState {
  beginSequenceNumber: number;
  lastSequenceNumber: number;
  lastOffset: string;
  lastEnqueuedTime: Date;
  isEmpty: boolean;
}

/** What the service stores beside a body; only its being more than 0 matters, so that offsets always grow. */
const BYTES_BESIDE_BODY = 64;

/** The newest events of one partition, found by sequence number. */
export class PartitionRing {
  readonly #id: string;
  readonly #capacity: number;
  /** The event with sequence number n is in slot n modulo the capacity. */
  readonly #slots: StoredEvent[] = [];
  #begin = 0;
  #last: StoredEvent | undefined;

  constructor(id: string, capacity: number, restored: readonly StoredEvent[]) {
    this.#id = id;
    this.#capacity = capacity;
    this.#begin = restored[0]?.sequenceNumber ?? 0;
    for (const event of restored) this.push(event);
  }

  /** The event as it will be stored next. Time never runs backwards within a partition, whatever the clock does. */
  next(event: HubEvent, now: Date): StoredEvent {
    const last = this.#last;
    return {
      ...event,
      partitionId: this.#id,
      sequenceNumber: last ? last.sequenceNumber + 1 : 0,
      offset: last ? String(Number(last.offset) + last.body.length + BYTES_BESIDE_BODY) : '0',
      enqueuedTime: last && last.enqueuedTime > now ? last.enqueuedTime : now,
    };
  }

  push(event: StoredEvent): void {
    this.#slots[event.sequenceNumber % this.#capacity] = event;
    this.#last = event;
    this.#begin = Math.max(this.#begin, event.sequenceNumber - this.#capacity + 1);
  }

  read(fromSequenceNumber: number, max: number): readonly StoredEvent[] {
    const from = Math.max(fromSequenceNumber, this.#begin);
    const to = Math.min(from + max, this.#end());
    return Array.from({ length: Math.max(to - from, 0) }, (_, index) => this.#at(from + index));
  }

  /** Binary search: offsets, sequence numbers and enqueued times all grow together. */
  firstMatch(matches: (event: StoredEvent) => boolean): number {
    let low = this.#begin;
    let high = this.#end();
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (matches(this.#at(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  state(): PartitionState {
    return {
      beginSequenceNumber: this.#begin,
      lastSequenceNumber: this.#last?.sequenceNumber ?? -1,
      lastOffset: this.#last?.offset ?? '-1',
      lastEnqueuedTime: this.#last?.enqueuedTime ?? new Date(0),
      isEmpty: this.#last === undefined,
    };
  }

  #end(): number {
    return this.#last ? this.#last.sequenceNumber + 1 : this.#begin;
  }

  #at(sequenceNumber: number): StoredEvent {
    const event = this.#slots[sequenceNumber % this.#capacity];
    if (event?.sequenceNumber !== sequenceNumber) {
      throw new RangeError(`Partition ${this.#id} does not hold sequence number ${sequenceNumber}`);
    }
    return event;
  }
}
