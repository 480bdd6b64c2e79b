import { testEvent } from './cloud-event.ts';
import type { DeliveryQueues } from './delivery-queues.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { Endpoint } from './endpoint.ts';
import type { EventName } from './event-names.ts';
import type { Undelivered, UndeliveredStore } from './undelivered-store.ts';
import type { WebhookSettings } from './webhook-settings.ts';

export interface DeskParts {
  readonly settings: WebhookSettings;
  readonly source: string;
  readonly queues: Pick<DeliveryQueues, 'announce' | 'send' | 'waiting'>;
  readonly endpoints: Pick<EndpointStore, 'get'>;
  readonly undelivered: UndeliveredStore;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** An endpoint as it is shown. */
export interface EndpointView extends EndpointHealth, Pick<Endpoint, 'id' | 'address'> {
  readonly events: readonly EventName[];
  /** About how many events wait for their first attempt or for the next one. */
  readonly waiting: number;
}

/** What became of a dead letter that is to be sent again. */
export type Resent =
  | { readonly kind: 'sent'; readonly letter: Undelivered }
  | { readonly kind: 'not-found' }
  /** Nobody listens: the endpoint is no longer set, or nothing is sent to it any more. */
  | { readonly kind: 'no-receiver'; readonly reason: string };

/** What a person sees and does of webhooks. All throw what queue and table throw. */
export class WebhookDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly EndpointView[]> {
    const { settings, queues, endpoints } = this.#parts;
    const events = [...settings.events];
    return Promise.all(
      settings.endpoints.map(async (endpoint) => {
        const [health, waiting] = await Promise.all([endpoints.get(endpoint.id), queues.waiting(endpoint)]);
        return { id: endpoint.id, address: endpoint.address, events, waiting, ...health };
      }),
    );
  }

  /** Sends a test event to every endpoint, the way that all events go; its id. */
  async test(caller: string): Promise<{ readonly event: string; readonly endpoints: number }> {
    const { settings, source, queues, now, newId } = this.#parts;
    const event = testEvent(source, newId(), caller, now());
    await queues.announce([event]);
    return { event: event.id, endpoints: settings.endpoints.length };
  }

  /** Dead letters, the newest first; with the address, where it is still set. */
  async undelivered(limit: number, after: string | undefined) {
    const { letters, isLast } = await this.#parts.undelivered.page(limit, after);
    const shown = letters.map((letter) => {
      const address = this.#endpoint(letter.endpoint)?.address;
      return { ...letter, ...(address !== undefined && { address }) };
    });
    return { letters: shown, next: isLast ? undefined : letters.at(-1)?.id };
  }

  /** Sends it from the first attempt on, under the same event id, then removes the letter. */
  async resend(id: string): Promise<Resent> {
    const { undelivered, endpoints, queues } = this.#parts;
    const letter = await undelivered.get(id);
    if (!letter) return { kind: 'not-found' };
    const endpoint = this.#endpoint(letter.endpoint);
    if (!endpoint) return { kind: 'no-receiver', reason: 'its address is no longer in WEBHOOK_URLS' };
    const { disabled } = await endpoints.get(endpoint.id);
    if (disabled !== undefined) {
      return { kind: 'no-receiver', reason: 'nothing is sent to it until a test event has arrived' };
    }
    await queues.send(endpoint, { event: letter.event, attempt: 1 }, 0);
    await undelivered.remove(id);
    return { kind: 'sent', letter };
  }

  /** Removes the letter, unsent; undefined where there is none. */
  async discard(id: string): Promise<Undelivered | undefined> {
    const { undelivered } = this.#parts;
    const letter = await undelivered.get(id);
    if (letter) await undelivered.remove(id);
    return letter;
  }

  #endpoint(id: string): Endpoint | undefined {
    return this.#parts.settings.endpoints.find((endpoint) => endpoint.id === id);
  }
}
