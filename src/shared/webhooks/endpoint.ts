import { createHash } from 'node:crypto';

/** Where events are sent: an address that the operator has set. */
export interface Endpoint {
  /** Twelve hex digits of the address's hash: names it where the address itself may not stand. */
  readonly id: string;
  /** As it is called; its query, and at times its path, is a secret. */
  readonly url: URL;
  /** For people and logs. */
  readonly address: string;
  /** Its own, so that no other endpoint waits behind it. */
  readonly queueName: string;
}

/** Longer parts of a path are taken for tokens, as chat services have them. */
const LONGEST_SHOWN = 16;

export function endpointOf(url: URL): Endpoint {
  const id = createHash('sha256').update(url.href).digest('hex').slice(0, 12);
  return { id, url, address: shownAddress(url), queueName: `webhooks-${id}` };
}

/** Origin and path, without the query and without what may be a token. */
function shownAddress({ origin, pathname }: URL): string {
  const parts = pathname
    .split('/')
    .map((part) => (part.length > LONGEST_SHOWN ? `${part.slice(0, 4)}…` : part));
  return origin + parts.join('/');
}
