import type { TransactionAction } from '@azure/data-tables';
import type { TableAccess } from '../azure/table-access.ts';
import { TableUnavailableError } from '../azure/table-faults.ts';
import { groupBy } from './group-by.ts';
import { cut, redact } from './redact.ts';
import type { DeadLetterReason, RawTwinEvent } from './twin-change.ts';

/** An event that can never be understood, and why. */
export interface DeadLetter {
  readonly event: RawTwinEvent;
  readonly reason: DeadLetterReason;
}

/** A string property holds 64 KiB, which is 32 Ki UTF-16 units. */
const BODY_LIMIT = 32_000;
/** So many bodies of the largest kind stay under the 4 MiB of a transaction. */
const LETTERS_AT_ONCE = 30;

/**
 * Keeps the events in the table `deadletters`: PartitionKey is the day on which the Event Hub took the
 * event, RowKey `<writer>|<sequence number>`. The same event twice is one row. Throws TableUnavailableError
 * and TableRefusedError.
 */
export async function keepDeadLetters(
  access: TableAccess,
  writer: string,
  letters: readonly DeadLetter[],
): Promise<void> {
  const byRow = new Map(letters.map((letter) => [letter.event.sequenceNumber, letter]));
  for (const [day, ofDay] of groupBy(byRow.values(), ({ event }) => event.enqueuedAt.slice(0, 10))) {
    for (let i = 0; i < ofDay.length; i += LETTERS_AT_ONCE) {
      const actions = ofDay.slice(i, i + LETTERS_AT_ONCE).map((letter) => toAction(day, writer, letter));
      const outcome = await access.submit(actions);
      if (outcome.kind !== 'committed') throw new TableUnavailableError(outcome);
    }
  }
}

function toAction(day: string, writer: string, { event, reason }: DeadLetter): TransactionAction {
  const row = {
    partitionKey: day,
    rowKey: `${writer}|${String(event.sequenceNumber).padStart(20, '0')}`,
    code: reason.code,
    reason: reason.reason,
    deviceId: cut(redact(textOf(event.properties['deviceId'])), 128),
    enqueuedAt: event.enqueuedAt,
    body: cut(redact(textOf(event.body)), BODY_LIMIT),
  };
  return ['upsert', row, 'Replace'];
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  return JSON.stringify(body) ?? '';
}
