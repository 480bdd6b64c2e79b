import { createHash } from 'node:crypto';
import { encodeKeyPart } from '../azure/table-keys.ts';
import type { ReportEvent } from './batch-attribution.ts';
import type { Watermark } from './counter-row.ts';
import type { DeadLetter } from './dead-letters.ts';
import { type RawTwinEvent, readTwinChange, type SkipReason } from './twin-change.ts';

/** Events of one partition of one Event Hub, in its order. */
export interface EventBatch {
  /** Namespace and name of the Event Hub: sequence numbers compare only inside one. */
  readonly stream: string;
  readonly partition: string;
  readonly events: readonly RawTwinEvent[];
}

export interface ReadEvents {
  readonly reports: ReportEvent[];
  readonly letters: DeadLetter[];
  readonly skipped: Partial<Record<SkipReason, number>>;
  /** The first and the last sequence number; -1 where there is no event. */
  readonly first: number;
  readonly last: number;
}

/** The key of a writer: eight hex digits for the stream, and the partition. */
export function writerOf({ stream, partition }: Pick<EventBatch, 'stream' | 'partition'>): string {
  const hash = createHash('sha256').update(stream).digest('hex').slice(0, 8);
  return `${hash}|${encodeKeyPart(partition)}`;
}

export function readEvents(events: readonly RawTwinEvent[]): ReadEvents {
  const read: ReadEvents = {
    reports: [],
    letters: [],
    skipped: {},
    first: events.reduce(
      (least, event) => Math.min(least, event.sequenceNumber),
      events[0]?.sequenceNumber ?? -1,
    ),
    last: events.reduce((most, event) => Math.max(most, event.sequenceNumber), -1),
  };
  for (const event of events) {
    const change = readTwinChange(event);
    switch (change.kind) {
      case 'report':
        read.reports.push({ event, report: change.report });
        break;
      case 'skip':
        read.skipped[change.reason] = (read.skipped[change.reason] ?? 0) + 1;
        break;
      case 'dead-letter':
        read.letters.push({ event, reason: change });
        break;
    }
  }
  return read;
}

/** How far everything is applied as soon as all events but the `later` ones are. */
export function claimBefore(events: readonly RawTwinEvent[], later: readonly ReportEvent[]): Watermark {
  const end = later.reduce(
    (least, { event }) => Math.min(least, event.sequenceNumber),
    Number.POSITIVE_INFINITY,
  );
  const covered = events.filter((event) => event.sequenceNumber < end);
  return covered.reduce<Watermark>(
    (claim, { sequenceNumber, enqueuedAt }) => ({
      sequence: Math.max(claim.sequence, sequenceNumber),
      enqueuedAt: enqueuedAt > claim.enqueuedAt ? enqueuedAt : claim.enqueuedAt,
    }),
    { sequence: -1, enqueuedAt: '' },
  );
}
