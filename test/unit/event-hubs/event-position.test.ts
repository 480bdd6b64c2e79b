import { describe, expect, it } from 'vitest';
import { EventLog } from '../../../local/event-hubs/event-log.ts';
import { parseEventPosition, resolvePosition } from '../../../local/event-hubs/event-position.ts';

/** Five events with sequence numbers 3 to 7, one second apart; the first three are gone. */
function filledLog(): EventLog {
  let seconds = 0;
  const log = new EventLog({
    name: 'twins',
    partitionCount: 1,
    partitionOf: () => 0,
    now: () => new Date(1_000_000 + 1000 * seconds++),
    maxEventsPerPartition: 5,
  });
  for (let count = 0; count < 8; count++) {
    log.append({ body: Buffer.from(`event ${count}`), applicationProperties: {}, annotations: {} });
  }
  return log;
}

function startOf(selector: string | undefined, log = filledLog()): number {
  return resolvePosition(log, '0', parseEventPosition(selector));
}

const stored = (sequenceNumber: number) => {
  const [event] = filledLog().read('0', sequenceNumber, 1);
  if (event?.sequenceNumber !== sequenceNumber) throw new Error(`no event ${sequenceNumber}`);
  return event;
};

describe('the position of a reader', () => {
  it.each([
    ['no selector', undefined, 3],
    ['earliest', "amqp.annotation.x-opt-offset > '-1'", 3],
    ['latest', "amqp.annotation.x-opt-offset > '@latest'", 8],
    ['after a sequence number', "amqp.annotation.x-opt-sequence-number > '5'", 6],
    ['from a sequence number on', "amqp.annotation.x-opt-sequence-number >= '5'", 5],
    ['after the last sequence number', "amqp.annotation.x-opt-sequence-number > '7'", 8],
    ['after an offset', `amqp.annotation.x-opt-offset > '${stored(5).offset}'`, 6],
    ['from an offset on', `amqp.annotation.x-opt-offset >= '${stored(5).offset}'`, 5],
    ['after a time', `amqp.annotation.x-opt-enqueued-time > '${stored(5).enqueuedTime.getTime()}'`, 6],
    ['before all time', "amqp.annotation.x-opt-enqueued-time > '5'", 3],
    ['after all time', "amqp.annotation.x-opt-enqueued-time > '9999999999999'", 8],
  ])('is found: %s', (_, selector, expected) => {
    expect(startOf(selector)).toBe(expected);
  });

  it('may lie before what is still there', () => {
    const log = filledLog();
    const start = startOf("amqp.annotation.x-opt-sequence-number > '0'", log);
    expect(log.read('0', start, 1)[0]?.sequenceNumber).toBe(3);
  });

  it.each([
    ["amqp.annotation.x-opt-sequence-number > '8'", /sequence number '8' is invalid.*'7'/],
    ["amqp.annotation.x-opt-offset > '999999'", /offset '999999' is invalid/],
    ["amqp.annotation.x-opt-offset < '3'", /not supported/],
    ["amqp.annotation.x-opt-offset > 'abc'", /not supported/],
    ["sys.Label = 'x'", /not supported/],
  ])('is refused: %s', (selector, message) => {
    expect(() => startOf(selector)).toThrowError(message);
  });
});
