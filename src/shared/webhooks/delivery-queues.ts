import type { QueueClient } from '@azure/storage-queue';
import * as z from 'zod';
import { inParallel } from '../status/in-parallel.ts';
import { type CloudEvent, cloudEventSchema } from './cloud-event.ts';
import type { Endpoint } from './endpoint.ts';

const messageSchema = z.object({
  event: cloudEventSchema,
  /** Of the attempt that the message stands for: 1 for the first. */
  attempt: z.int().min(1),
});
/** One event for one endpoint, on its way. */
export type DeliveryMessage = z.infer<typeof messageSchema>;

/** A message lives until it is delivered or becomes a dead letter: the service's own limit of a week is off. */
const FOR_EVER = -1;
const SENDS_AT_ONCE = 16;

/**
 * The queues that events travel by, one for each endpoint: a receiver that is slow or away holds up nobody
 * else's. Messages are base64 of JSON, as the Functions host expects them.
 */
export class DeliveryQueues {
  readonly #queue: (name: string) => Promise<QueueClient>;
  readonly #endpoints: readonly Endpoint[];

  constructor(queue: (name: string) => Promise<QueueClient>, endpoints: readonly Endpoint[]) {
    this.#queue = queue;
    this.#endpoints = endpoints;
  }

  /** Every event to every endpoint. When it resolves, none can be lost; when it throws, some may be on their way. */
  async announce(events: readonly CloudEvent[]): Promise<void> {
    const messages = events.flatMap((event) => this.#endpoints.map((endpoint) => ({ event, endpoint })));
    await inParallel(messages, SENDS_AT_ONCE, async ({ event, endpoint }) =>
      this.send(endpoint, { event, attempt: 1 }, 0),
    );
  }

  /** One message for one endpoint, `seconds` from now (at most seven days). */
  async send({ queueName }: Endpoint, message: DeliveryMessage, seconds: number): Promise<void> {
    const text = Buffer.from(JSON.stringify(message)).toString('base64');
    const queue = await this.#queue(queueName);
    await queue.sendMessage(text, { visibilityTimeout: seconds, messageTimeToLive: FOR_EVER });
  }

  /** About how many messages wait for their first attempt or for the next one, or are being delivered. */
  async waiting({ queueName }: Endpoint): Promise<number> {
    const { approximateMessagesCount } = await (await this.#queue(queueName)).getProperties();
    return approximateMessagesCount ?? 0;
  }
}

/** Undefined where it is no message of ours. The host hands JSON over parsed. */
export function readMessage(body: unknown): DeliveryMessage | undefined {
  return messageSchema.safeParse(body).data;
}
