import type { TableRow } from '../azure/table-access.ts';
import { type Counts, countsBy } from './counts.ts';

/**
 * How far a writer has come in one shard: every event of its partition up to `sequence` is applied. The
 * time guards against an Event Hub that was created anew under the same name and counts from 0 again.
 */
export interface Watermark {
  readonly sequence: number;
  /** When the newest applied event was enqueued; RFC 3339. */
  readonly enqueuedAt: string;
}

export interface Counter {
  readonly counts: Counts;
  readonly watermark: Watermark;
}

export const newCounter: Counter = { counts: countsBy(() => 0), watermark: { sequence: -1, enqueuedAt: '' } };

/** Sequence numbers are 64-bit; above 2^53 they would lose precision, which takes ten thousand years. */
export function toCounterColumns({ counts, watermark }: Counter) {
  return { ...counts, sequence: BigInt(watermark.sequence), enqueuedAt: watermark.enqueuedAt };
}

export function fromCounterRow(row: TableRow): Counter {
  return {
    counts: countsBy((key) => Number(row[key] ?? 0)),
    watermark: {
      sequence: Number(row['sequence'] ?? -1),
      enqueuedAt: typeof row['enqueuedAt'] === 'string' ? row['enqueuedAt'] : '',
    },
  };
}

/** True where the writer has applied this event already. */
export function isApplied(event: Watermark, watermark: Watermark): boolean {
  return event.sequence <= watermark.sequence && event.enqueuedAt <= watermark.enqueuedAt;
}

/** The watermark after everything up to `claim` was applied; it only goes back with an Event Hub that began anew. */
export function advance(watermark: Watermark, claim: Watermark): Watermark {
  if (claim.sequence > watermark.sequence) {
    const later = claim.enqueuedAt > watermark.enqueuedAt ? claim.enqueuedAt : watermark.enqueuedAt;
    return { sequence: claim.sequence, enqueuedAt: later };
  }
  return isApplied(claim, watermark) ? watermark : claim;
}
