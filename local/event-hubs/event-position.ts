import type { EventLog } from './event-log.ts';

/** Where a reader wants to begin, as the selector filter of its link says. */
export type EventPosition =
  | { from: 'earliest' }
  | { from: 'latest' }
  | { from: 'offset' | 'sequenceNumber' | 'enqueuedTime'; value: number; inclusive: boolean };

/** A position is wrong, or lies behind the end of the partition. Event Hubs calls it an argument error. */
export class EventPositionError extends Error {
  readonly code = 'event-position';

  constructor(message: string) {
    super(message);
    this.name = 'EventPositionError';
  }
}

const SELECTOR =
  /^amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time(?:-utc)?) (>=?) '(-1|@latest|\d+)'$/;

/** Reads the only selector that Event Hubs knows: one annotation against one literal. No selector means the start. */
export function parseEventPosition(selector: string | undefined): EventPosition {
  if (selector === undefined) return { from: 'earliest' };
  const match = SELECTOR.exec(selector);
  if (!match) throw new EventPositionError(`The filter is not supported: ${selector}`);
  const [, annotation, operator, literal] = match;
  if (literal === '-1') return { from: 'earliest' };
  if (literal === '@latest') return { from: 'latest' };
  const position = { value: Number(literal), inclusive: operator === '>=' };
  switch (annotation) {
    case 'offset':
      return { from: 'offset', ...position };
    case 'sequence-number':
      return { from: 'sequenceNumber', ...position };
    default:
      return { from: 'enqueuedTime', ...position };
  }
}

/**
 * The sequence number to read first. A position behind the last event is refused as the service does:
 * quietly waiting there would skip the events of a hub that was started empty again.
 */
export function resolvePosition(log: EventLog, partitionId: string, position: EventPosition): number {
  const { beginSequenceNumber, lastSequenceNumber, lastOffset } = log.partition(partitionId);
  switch (position.from) {
    case 'earliest':
      return beginSequenceNumber;
    case 'latest':
      return lastSequenceNumber + 1;
    case 'sequenceNumber':
      assertNotBehind('sequence number', position.value, lastSequenceNumber);
      return position.inclusive ? position.value : position.value + 1;
    case 'offset':
      assertNotBehind('offset', position.value, Number(lastOffset));
      return log.firstMatch(partitionId, ({ offset }) => isReached(Number(offset), position));
    case 'enqueuedTime':
      return log.firstMatch(partitionId, ({ enqueuedTime }) => isReached(enqueuedTime.getTime(), position));
  }
}

function isReached(value: number, position: { value: number; inclusive: boolean }): boolean {
  return position.inclusive ? value >= position.value : value > position.value;
}

function assertNotBehind(what: string, value: number, last: number): void {
  if (value > last) {
    throw new EventPositionError(
      `The supplied ${what} '${value}' is invalid. The last ${what} in the system is '${last}'`,
    );
  }
}
