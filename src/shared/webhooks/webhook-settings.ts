import * as z from 'zod';
import type { settingsReader } from '../settings-reader.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { type EventName, eventKinds, namesIn } from './event-names.ts';
import { signingKey } from './signature.ts';

export interface WebhookSettings {
  readonly endpoints: readonly Endpoint[];
  /** Every event is signed with each. */
  readonly secrets: readonly Buffer[];
  readonly events: ReadonlySet<EventName>;
}

/** Undefined where no address is set. What is wrong is added to `problems`. */
export function readWebhookSettings(
  read: ReturnType<typeof settingsReader>,
  problems: string[],
): WebhookSettings | undefined {
  const before = problems.length;
  const endpoints = read.optional('WEBHOOK_URLS', addresses);
  const secrets = read.optional('WEBHOOK_SECRETS', keys);
  const events = read.value('WEBHOOK_EVENTS', names);
  // What is wrong is absent here as well, and its problem is told already.
  if (endpoints === undefined || problems.length > before) return undefined;
  if (secrets !== undefined) return { endpoints, secrets, events };
  problems.push(
    'WEBHOOK_SECRETS is missing beside WEBHOOK_URLS: without a signature a receiver cannot tell who sends. ' +
      "Make one: node -p \"'whsec_' + require('crypto').randomBytes(32).toString('base64')\"",
  );
  return undefined;
}

/** Addresses may hold a secret, so what is wrong is told by its place. */
const addresses = list((item, place) => {
  const url = URL.canParse(item) ? new URL(item) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return { fault: `has at place ${place} what is no URL (a comma in an address is written %2C)` };
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return { fault: `has at place ${place} an address that is not https` };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      fault: `has at place ${place} an address with a user name; a receiver knows the sender by the signature`,
    };
  }
  url.hash = '';
  return { value: endpointOf(url) };
}).refine(
  (endpoints) => new Set(endpoints.map(({ id }) => id)).size === endpoints.length,
  'names an address twice',
);

const keys = list((item, place) => {
  const value = signingKey(item);
  return value
    ? { value }
    : { fault: `has at place ${place} what is not whsec_ and the base64 of 24 to 64 bytes` };
});

const names = list((item) => {
  const value = namesIn(item);
  if (value.length > 0) return { value };
  return { fault: `has "${item}", which is neither a kind (${eventKinds.join(', ')}) nor an event` };
}).transform((found) => new Set(found.flat()));

type Parsed<T> = { readonly value: T } | { readonly fault: string };

/** Items with commas between them, at least one; places count from 1. */
function list<T>(parse: (item: string, place: number) => Parsed<T>) {
  return z.string().transform((text, context) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    const values: T[] = [];
    for (const [index, item] of items.entries()) {
      const parsed = parse(item, index + 1);
      if ('fault' in parsed) context.addIssue(parsed.fault);
      else values.push(parsed.value);
    }
    if (items.length === 0) context.addIssue('is empty');
    return values;
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
