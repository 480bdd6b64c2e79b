import { z } from 'zod';
import type { EventValue, StoredEvent } from './event-log.ts';

/** Dates are written as `{"date": milliseconds}`, so that they come back as dates and not as text. */
const value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.object({ date: z.number() }).transform(({ date }) => new Date(date)),
]);

const line = z.object({
  partitionKey: z.string().exactOptional(),
  body: z.string().transform((text) => Buffer.from(text, 'base64')),
  contentType: z.string().exactOptional(),
  contentEncoding: z.string().exactOptional(),
  correlationId: z.string().exactOptional(),
  messageId: z.string().exactOptional(),
  userId: z.string().exactOptional(),
  applicationProperties: z.record(z.string(), value),
  annotations: z.record(z.string(), value),
  partitionId: z.string(),
  sequenceNumber: z.int().nonnegative(),
  offset: z.string(),
  enqueuedTime: z.number().transform((time) => new Date(time)),
});

/** One event as one line of JSON, without the line's end. */
export function serializeEvent(event: StoredEvent): string {
  return JSON.stringify({
    ...event,
    body: event.body.toString('base64'),
    applicationProperties: serializeValues(event.applicationProperties),
    annotations: serializeValues(event.annotations),
    enqueuedTime: event.enqueuedTime.getTime(),
  });
}

/** The event of a line that {@link serializeEvent} made; throws where it is not one. */
export function parseEvent(text: string): StoredEvent {
  return line.parse(JSON.parse(text));
}

function serializeValues(values: Record<string, EventValue>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, one]) => [name, one instanceof Date ? { date: one.getTime() } : one]),
  );
}
