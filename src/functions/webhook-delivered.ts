import { app, type InvocationContext } from '@azure/functions';
import { logEvent } from '../shared/log.ts';
import { connectionNames } from '../shared/settings.ts';
import type { Measure } from '../shared/telemetry/instruments.ts';
import type { Attempted } from '../shared/webhooks/attempt.ts';
import type { Endpoint } from '../shared/webhooks/endpoint.ts';
import type { Webhooks } from '../shared/webhooks/webhooks.ts';

/** A message in a queue of webhooks that this app has not written; it goes to the poison queue. */
export class ForeignMessageError extends Error {
  readonly code = 'webhook-message-foreign';
  constructor(queueName: string) {
    super(`A message in the queue ${queueName} is no event to deliver`);
    this.name = 'ForeignMessageError';
  }
}

/**
 * Queue triggers, one for each endpoint: the host runs as many at a time as host.json allows for each, so a
 * receiver that hangs holds up only its own events. A failed attempt is no failure of the function: the next
 * one is a message of its own. It fails where queue or table fail, and the host repeats it.
 */
export function registerWebhookDelivered(
  endpoints: readonly Endpoint[],
  webhooks: () => Promise<Pick<Webhooks, 'attempt'>>,
  measure: Measure,
): void {
  for (const endpoint of endpoints) {
    app.storageQueue(`webhook-delivered-${endpoint.id}`, {
      queueName: endpoint.queueName,
      connection: connectionNames.storage,
      handler: async (body, context) => {
        const { readMessage } = await import('../shared/webhooks/delivery-queues.ts');
        const message = readMessage(body);
        if (!message) throw new ForeignMessageError(endpoint.queueName);
        const attempted = await (await webhooks()).attempt(endpoint, message);
        measure('ota.webhook.deliveries', 1, { outcome: attempted.kind });
        const { id: eventId, type: eventType } = message.event;
        const { attempt } = message;
        logAttempt(context, { endpoint: endpoint.address, eventId, eventType, attempt }, attempted);
      },
    });
  }
}

interface DeliveryFields {
  readonly endpoint: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly attempt: number;
}

function logAttempt(context: InvocationContext, fields: DeliveryFields, attempted: Attempted): void {
  switch (attempted.kind) {
    case 'delivered':
      logEvent(context, 'info', 'webhook-delivered', { ...fields, status: attempted.status });
      return;
    case 'again': {
      const { reason, seconds } = attempted;
      logEvent(context, 'warn', 'webhook-failed', { ...fields, reason, retrySeconds: seconds });
      return;
    }
    case 'given-up':
      logEvent(context, 'error', 'webhook-given-up', { ...fields, reason: attempted.reason });
  }
}
