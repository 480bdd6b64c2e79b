import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { UploadStore } from '../../src/shared/firmware/upload-store.ts';
import { UploadOutbox } from '../../src/shared/firmware/upload-outbox.ts';
import { builtInPlans } from '../../src/shared/rollout/built-in-plans.ts';
import { startPosition } from '../../src/shared/rollout/opening.ts';
import { RolloutOutbox } from '../../src/shared/rollout/rollout-outbox.ts';
import { RolloutStore } from '../../src/shared/rollout/rollout-store.ts';
import { stepFrom } from '../../src/shared/rollout/rollout-steps.ts';
import { eventSource } from '../../src/shared/webhooks/cloud-event.ts';
import { DeliveryQueues, readMessage } from '../../src/shared/webhooks/delivery-queues.ts';
import { endpointOf } from '../../src/shared/webhooks/endpoint.ts';
import { type EventName, eventNames } from '../../src/shared/webhooks/event-names.ts';
import { OutboxNews } from '../../src/shared/webhooks/outbox-news.ts';
import { type OutboxParts, publishOutboxes } from '../../src/shared/webhooks/outboxes.ts';
import { nameOf } from './webhook-receiver.ts';

/** What a killed process looks like from inside: nothing after this point happens. */
class Crash extends Error {}

const NOW = new Date('2026-03-01T09:00:00.000Z');
const ID = 'fw-iotdevkit-1-0-1';
const endpoints = ['a', 'b'].map((path) => endpointOf(new URL(`https://hooks.example.com/${path}`)));

let azurite: RunningAzurite;
let worlds = 0;

beforeAll(async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
});
afterAll(() => azurite.close());

/** Stores, outboxes and queues of their own. */
async function world(wanted: readonly EventName[] = eventNames) {
  const suffix = `w${++worlds}`;
  const table = async (name: string) => {
    const options = { allowInsecureConnection: true };
    const client = TableClient.fromConnectionString(azurite.connectionString, `${name}${suffix}`, options);
    await client.createTable();
    return async () => client;
  };
  const [rolloutTable, uploadTable, refusals] = await Promise.all(
    ['rollouts', 'uploads', 'refusals'].map(table),
  );
  if (!rolloutTable || !uploadTable || !refusals) throw new Error('A table is missing');
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  const queue = async (name: string) => {
    const client = service.getQueueClient(`${name}-${suffix}`);
    await client.createIfNotExists();
    return client;
  };
  const news = new OutboxNews(new Set(wanted));
  const rollouts = new RolloutStore(rolloutTable, () => NOW, news);
  const parts: OutboxParts = {
    source: eventSource('hub.azure-devices.net'),
    wanted: new Set(wanted),
    rolloutOutbox: new RolloutOutbox(rolloutTable),
    uploadOutbox: new UploadOutbox(uploadTable),
    rollouts,
    queues: new DeliveryQueues(queue, endpoints),
  };
  /** Takes all messages out: names and ids, by endpoint. */
  const queued = async () =>
    Promise.all(
      endpoints.map(async ({ queueName }) => {
        const { receivedMessageItems } = await (
          await queue(queueName)
        ).receiveMessages({ numberOfMessages: 32 });
        return receivedMessageItems.map(({ messageText }) => {
          const message = readMessage(JSON.parse(Buffer.from(messageText, 'base64').toString('utf8')));
          if (!message) throw new Error(`That is no message: ${messageText}`);
          return message.event;
        });
      }),
    );
  return {
    rollouts,
    uploads: new UploadStore({ uploads: uploadTable, refusals }, news),
    news,
    parts,
    queued,
  };
}

type World = Awaited<ReturnType<typeof world>>;

async function begin({ rollouts }: World) {
  const plan = builtInPlans['all-at-once'];
  const rollout = {
    id: ID,
    deviceType: 'IoTDevKit',
    version: '1.0.1',
    createdAt: NOW.toISOString(),
    shards: 4,
  };
  const position = startPosition(plan, 10, NOW);
  const { state, stage, revision } = position;
  const entry = {
    action: 'started',
    actor: 'service',
    reason: '',
    inputs: {},
    at: NOW.toISOString(),
  } as const;
  return rollouts.add(
    { ...rollout, planName: 'all-at-once', plan, priority: 10, labels: {}, windowStart: 0 },
    position,
    { ...entry, state, stage, revision },
  );
}

/** A rollout that started and was paused, and an upload that was refused. */
async function eventful(target: World): Promise<void> {
  const added = await begin(target);
  await target.rollouts.activate(added);
  const running = await target.rollouts.get(ID);
  if (!running) throw new Error('The rollout is not there');
  const cause = { action: 'paused', actor: 'somebody', reason: 'Wait' } as const;
  const step = stepFrom(running, { state: 'paused' }, cause, NOW);
  await target.rollouts.transition(running, step.position, step.entry);
  await target.uploads.record(
    { path: 'empty.bin', etag: '0x1', size: 0, uploadedAt: NOW.toISOString(), metadata: {} },
    { kind: 'refused', refusal: { code: 'image-empty', message: 'Empty. Build it again.' } },
    NOW,
  );
}

/** The parts of a process that dies at its call of that number, before or after the call took effect. */
function crashing(parts: OutboxParts, at: number, when: 'before' | 'after') {
  let calls = 0;
  const wrap = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const number = ++calls;
          if (number > at || (number === at && when === 'before')) throw new Crash();
          const answer: unknown = await Reflect.apply(method, target, args);
          if (number === at) throw new Crash();
          return answer;
        };
      },
    });
  const { rolloutOutbox, uploadOutbox, rollouts, queues } = parts;
  const wrapped = {
    rolloutOutbox: wrap(rolloutOutbox),
    uploadOutbox: wrap(uploadOutbox),
    rollouts: wrap(rollouts),
    queues: wrap(queues),
  };
  return { parts: { ...parts, ...wrapped }, calls: () => calls };
}

const TOLD = ['rollout.started', 'rollout.paused', 'upload.refused'];

describe('what is written down', () => {
  test('is in every queue after the publishing, and waits in no outbox', async () => {
    const calm = await world();
    await eventful(calm);
    expect(calm.news.take()).toBe(true);
    expect(await publishOutboxes(calm.parts)).toEqual({ published: 3, left: 0 });
    for (const events of await calm.queued()) expect(events.map(nameOf)).toEqual(TOLD);
    expect(await publishOutboxes(calm.parts)).toEqual({ published: 0, left: 0 });
  });

  test('is lost by no crash, at whatever call; what comes twice has one id', async () => {
    const calm = await world();
    await eventful(calm);
    const counting = crashing(calm.parts, Number.POSITIVE_INFINITY, 'before');
    await publishOutboxes(counting.parts);
    expect(counting.calls()).toBeGreaterThan(7);
    const ids = (await calm.queued()).map((events) => events.map(({ id }) => id));

    for (let at = 1; at <= counting.calls(); at++) {
      for (const when of ['before', 'after'] as const) {
        const target = await world();
        await eventful(target);
        await expect(publishOutboxes(crashing(target.parts, at, when).parts)).rejects.toBeInstanceOf(Crash);
        await publishOutboxes(target.parts);
        const queued = (await target.queued()).map((events) => [...new Set(events.map(({ id }) => id))]);
        expect(queued, `killed ${when} call ${at}`).toEqual(ids);
        expect(await publishOutboxes(target.parts)).toEqual({ published: 0, left: 0 });
      }
    }
  });

  test('of a rollout is told once the hub has taken its configuration, and never if it is taken back', async () => {
    const target = await world();
    const added = await begin(target);
    expect(await publishOutboxes(target.parts)).toEqual({ published: 0, left: 1 });
    await target.rollouts.remove(added);
    expect(await publishOutboxes(target.parts)).toEqual({ published: 0, left: 0 });
    const again = await begin(target);
    await target.rollouts.activate(again);
    expect(await publishOutboxes(target.parts)).toEqual({ published: 1, left: 0 });
    for (const events of await target.queued()) expect(events.map(nameOf)).toEqual(['rollout.started']);
  });

  test('waits nowhere where nobody wants to hear of it', async () => {
    const target = await world(['rollout.paused']);
    await eventful(target);
    expect(await publishOutboxes(target.parts)).toEqual({ published: 1, left: 0 });
    const silent = await world([]);
    await eventful(silent);
    expect(silent.news.take()).toBe(false);
    expect(await silent.parts.rolloutOutbox.list()).toEqual([]);
    expect(await silent.parts.uploadOutbox.list()).toEqual([]);
  });
});

describe('a message', () => {
  test('that waits for its next attempt is counted, and never expires', async () => {
    const target = await world();
    const queues = target.parts.queues as DeliveryQueues;
    await eventful(target);
    await publishOutboxes(target.parts);
    const [first] = (await target.queued()).flat();
    const [endpoint] = endpoints;
    if (!first || !endpoint) throw new Error('There is no event');
    await queues.send(endpoint, { event: first, attempt: 2 }, 86_400 * 1.2);
    expect(await queues.waiting(endpoint)).toBe(4);
    const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
    await queues.send(endpoint, { event: first, attempt: 2 }, 0);
    const queue = service.getQueueClient(`${endpoint.queueName}-w${worlds}`);
    const { receivedMessageItems } = await queue.receiveMessages();
    expect(receivedMessageItems[0]?.expiresOn.getFullYear()).toBeGreaterThan(9000);
  });
});
