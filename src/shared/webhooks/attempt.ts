import { isTest } from './cloud-event.ts';
import type { Delivery } from './delivery.ts';
import { type DeliveryMessage, type DeliveryQueues } from './delivery-queues.ts';
import { afterFailure, afterSuccess, type EndpointHealth } from './endpoint-health.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { Endpoint } from './endpoint.ts';
import { nextAttempt } from './retry-schedule.ts';
import type { UndeliveredStore } from './undelivered-store.ts';

export interface AttemptParts {
  readonly queues: Pick<DeliveryQueues, 'send'>;
  readonly endpoints: Pick<EndpointStore, 'get' | 'change'>;
  readonly undelivered: Pick<UndeliveredStore, 'keep'>;
  /** Posts once; never throws. */
  readonly deliver: (endpoint: Endpoint, event: DeliveryMessage['event']) => Promise<Delivery>;
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What became of one attempt. */
export type Attempted =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'again'; readonly reason: string; readonly seconds: number }
  /** It is a dead letter now. */
  | { readonly kind: 'given-up'; readonly reason: string };

/**
 * One attempt to deliver a message, and what follows from it: the next attempt is a new message, written
 * before this one is acknowledged, so that a crash in between sends an event twice rather than never.
 * Throws what queue and table throw; the message's turn comes again then.
 */
export async function attemptDelivery(
  parts: AttemptParts,
  endpoint: Endpoint,
  message: DeliveryMessage,
): Promise<Attempted> {
  const health = await parts.endpoints.get(endpoint.id);
  if (health.disabled !== undefined && !isTest(message.event)) {
    return giveUp(parts, endpoint, { ...message, attempt: message.attempt - 1 }, disabledReason(health));
  }
  const delivery = await parts.deliver(endpoint, message.event);
  const now = parts.now();
  switch (delivery.kind) {
    case 'delivered':
      await parts.endpoints.change(endpoint.id, (before) => afterSuccess(before, now));
      return { kind: 'delivered', status: delivery.status };
    case 'gone':
      await parts.endpoints.change(endpoint.id, (before) =>
        afterFailure(before, 'gone', delivery.reason, now),
      );
      return giveUp(parts, endpoint, message, delivery.reason);
    case 'failed': {
      await parts.endpoints.change(endpoint.id, (before) =>
        afterFailure(before, 'failed', delivery.reason, now),
      );
      const next = nextAttempt(message.attempt, delivery.retryAfter, parts.random());
      if (next.kind === 'exhausted') return giveUp(parts, endpoint, message, delivery.reason);
      await parts.queues.send(endpoint, { ...message, attempt: message.attempt + 1 }, next.seconds);
      return { kind: 'again', reason: delivery.reason, seconds: next.seconds };
    }
  }
}

async function giveUp(
  parts: Pick<AttemptParts, 'undelivered' | 'now'>,
  endpoint: Endpoint,
  { event, attempt }: DeliveryMessage,
  reason: string,
): Promise<Attempted> {
  const givenUpAt = parts.now().toISOString();
  await parts.undelivered.keep({ endpoint: endpoint.id, event, attempts: attempt, reason, givenUpAt });
  return { kind: 'given-up', reason };
}

function disabledReason({ disabled, lastFailure = '' }: EndpointHealth): string {
  const why =
    disabled === 'gone' ? 'the receiver wants no more' : 'the receiver has not taken anything for days';
  return `${why}; send a test event once it listens again (last answer: ${lastFailure})`;
}
