import type { TransactionAction } from '@azure/data-tables';
import type { TableAccess } from '../azure/table-access.ts';
import { TableUnavailableError } from '../azure/table-faults.ts';
import { groupBy } from './group-by.ts';
import { cut, redact } from '../redact.ts';
import type { DeadLetterReason, RawTwinEvent } from './twin-change.ts';

/** An event that can never be understood, and why. */
export interface DeadLetter {
  readonly event: RawTwinEvent;
  readonly reason: DeadLetterReason;
}

/** A row of the table. */
export type DeadLetterRow = {
  /** The day on which the Event Hub took the event. */
  readonly partitionKey: string;
  /** `<writer>|<sequence number>` */
  readonly rowKey: string;
  readonly code: string;
  readonly reason: string;
  readonly deviceId: string;
  readonly enqueuedAt: string;
  readonly body: string;
  /** JSON. */
  readonly properties: string;
  readonly systemProperties: string;
  readonly replayable: boolean;
};

/** A string property holds 64 KiB, which is 32 Ki UTF-16 units. */
const BODY_LIMIT = 32_000;
/** Far more than IoT Hub writes; only an event that is none of the hub's has more. */
const PROPERTIES_LIMIT = 4000;
/** So many letters of the largest kind, three bytes a character, stay under the 4 MiB of a transaction. */
const LETTERS_AT_ONCE = 25;

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
      // Nothing is expected of the rows, so a conflict is as passing as a lost answer.
      if (outcome.kind === 'conflict') throw new TableUnavailableError('a conflict');
      if (outcome.kind === 'unknown') throw new TableUnavailableError(outcome.cause);
    }
  }
}

function toAction(day: string, writer: string, { event, reason }: DeadLetter): TransactionAction {
  const body = redact(textOf(event.body));
  const properties = redact(textOf(event.properties));
  const systemProperties = redact(textOf(event.systemProperties));
  const isWhole =
    body.length <= BODY_LIMIT &&
    properties.length <= PROPERTIES_LIMIT &&
    systemProperties.length <= PROPERTIES_LIMIT;
  const row: DeadLetterRow = {
    partitionKey: day,
    rowKey: `${writer}|${String(event.sequenceNumber).padStart(20, '0')}`,
    code: reason.code,
    reason: reason.reason,
    deviceId: cut(redact(textOf(event.properties['deviceId'])), 128),
    enqueuedAt: event.enqueuedAt,
    body: cut(body, BODY_LIMIT),
    properties: cut(properties, PROPERTIES_LIMIT),
    systemProperties: cut(systemProperties, PROPERTIES_LIMIT),
    // Without its device or the rest of its text, an event says nothing even to a program that understands it.
    replayable: isWhole && event.misaligned !== true,
  };
  return ['upsert', row, 'Replace'];
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  return JSON.stringify(body) ?? '';
}
