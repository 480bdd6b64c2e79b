import { createHash } from 'node:crypto';
import * as z from 'zod';
import { cleanText } from '../redact.ts';
import { eventType, type EventName, TEST_EVENT } from './event-names.ts';

/** A CloudEvent 1.0 in structured JSON, as it is sent. */
export const cloudEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: z.string(),
  /** RFC 3339, UTC: when it happened, not when it is sent. */
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  data: z.record(z.string(), z.unknown()),
});
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** Something that happened, before it is dressed as a CloudEvent. */
export interface Happening {
  readonly name: EventName;
  /** What tells it from all others of its name; the same happening always has the same. */
  readonly identity: readonly (string | number)[];
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The event of a happening. Its id depends on nothing but installation and happening: sent again after a
 * crash, it is the same, so a receiver can drop it. Pure.
 */
export function cloudEvent(source: string, { name, identity, subject, time, data }: Happening): CloudEvent {
  return {
    ...envelope(source, name),
    id: eventId([source, name, ...identity]),
    subject,
    time,
    data: { ...data },
  };
}

/** What a person sends to see whether an endpoint listens. */
export function testEvent(source: string, id: string, caller: string, now: Date): CloudEvent {
  const data = { message: 'A test: nothing has happened', caller };
  return {
    ...envelope(source, TEST_EVENT),
    id: eventId([source, TEST_EVENT, id]),
    subject: 'webhooks',
    time: now.toISOString(),
    data,
  };
}

export function isTest({ type }: Pick<CloudEvent, 'type'>): boolean {
  return type === eventType(TEST_EVENT);
}

/** The installation that speaks: there is one for each IoT hub. */
export function eventSource(hubHostName: string): string {
  return `urn:iot-firmware-ota:${hubHostName.toLowerCase()}`;
}

/**
 * Text as it may travel: without secrets. A queue message holds 48 KiB of JSON, and an event has few texts:
 * so many characters of three bytes fit, however long a hub's error message is.
 */
export function eventText(text: string): string {
  return cleanText(text, 3000);
}

function envelope(source: string, name: EventName | typeof TEST_EVENT) {
  return {
    specversion: '1.0',
    source,
    type: eventType(name),
    datacontenttype: 'application/json',
  } as const;
}

/** No `.`: the signature's parts are joined by it. */
function eventId(identity: readonly (string | number)[]): string {
  return `evt_${createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32)}`;
}
