import type { TableClient } from '@azure/data-tables';
import type { QueueClient } from '@azure/storage-queue';
import { UploadOutbox } from '../firmware/upload-outbox.ts';
import { RolloutOutbox } from '../rollout/rollout-outbox.ts';
import type { RolloutStore } from '../rollout/rollout-store.ts';
import { DeviceEndOutbox } from '../status/device-end-outbox.ts';
import { type Attempted, attemptDelivery } from './attempt.ts';
import { eventSource } from './cloud-event.ts';
import { deliver } from './delivery.ts';
import { type DeliveryMessage, DeliveryQueues } from './delivery-queues.ts';
import { EndpointStore } from './endpoint-store.ts';
import type { Endpoint } from './endpoint.ts';
import { type Published, publishEnds, publishOutboxes } from './outboxes.ts';
import { UndeliveredStore } from './undelivered-store.ts';
import { WebhookDesk } from './webhook-desk.ts';
import type { WebhookSettings } from './webhook-settings.ts';

export interface WebhookOptions {
  readonly settings: WebhookSettings;
  readonly hubHostName: string;
  readonly queue: (name: string) => Promise<QueueClient>;
  readonly tables: Readonly<Record<'rollouts' | 'uploads' | 'webhooks', () => Promise<TableClient>>>;
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly newId: () => string;
}

/** Everything around webhooks that the functions of the app need. */
export interface Webhooks {
  /** Moves what rollouts and uploads have to tell into the queues. */
  readonly publish: () => Promise<Published>;
  /** For the ledger. */
  readonly ends: DeviceEndOutbox;
  readonly attempt: (endpoint: Endpoint, message: DeliveryMessage) => Promise<Attempted>;
  /** For the API. */
  readonly desk: WebhookDesk;
}

/** Connects the parts; nothing is read or written before it is needed. */
export function openWebhooks(options: WebhookOptions): Webhooks {
  const { settings, tables, now, random, newId } = options;
  const queues = new DeliveryQueues(options.queue, settings.endpoints);
  const endpoints = new EndpointStore(tables.webhooks, now);
  const undelivered = new UndeliveredStore(tables.webhooks);
  const source = eventSource(options.hubHostName);
  const outboxes = {
    source,
    wanted: settings.events,
    rolloutOutbox: new RolloutOutbox(tables.rollouts),
    uploadOutbox: new UploadOutbox(tables.uploads),
    rollouts: options.rollouts,
    queues,
  };
  const attempts = {
    queues,
    endpoints,
    undelivered,
    deliver: (endpoint: Endpoint, event: DeliveryMessage['event']) =>
      deliver(endpoint, event, settings.secrets, now()),
    now,
    random,
  };
  return {
    publish: () => publishOutboxes(outboxes),
    ends: new DeviceEndOutbox((ends) => publishEnds(outboxes, ends)),
    attempt: (endpoint, message) => attemptDelivery(attempts, endpoint, message),
    desk: new WebhookDesk({ settings, source, queues, endpoints, undelivered, now, newId }),
  };
}
