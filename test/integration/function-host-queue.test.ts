import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { eventually, startFixture, type TestHost } from './function-host-harness.ts';

interface Seen {
  message?: unknown;
  slowEnd?: string;
  metadata?: Record<string, unknown>;
}

describe('the queue trigger', () => {
  let azurite: RunningAzurite;
  let app: TestHost;
  let queue: QueueClient;
  let poison: QueueClient;

  beforeAll(async () => {
    azurite = await startAzurite({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } });
    const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
    queue = service.getQueueClient('work');
    poison = service.getQueueClient('work-poison');
    // The queue comes after the host: one that is not there yet is no fault.
    app = await startFixture('queue', { WorkStorage: azurite.connectionString, WORK: 'work' });
    await queue.create();
  });
  afterAll(async () => {
    await app.host.stop();
    await azurite.close();
  });

  const put = async (message: unknown, visibilityTimeout = 0) => {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    return queue.sendMessage(Buffer.from(text).toString('base64'), { visibilityTimeout });
  };
  const entries = () => app.entries('queued') as Seen[];
  const runsOf = (message: unknown) => entries().filter((entry) => entry.message === message).length;
  const poisoned = async (what: string) =>
    eventually(what, async () => {
      if (!(await poison.exists())) return undefined;
      const { receivedMessageItems } = await poison.receiveMessages({ visibilityTimeout: 600 });
      return receivedMessageItems[0]?.messageText;
    });
  const isEmpty = async () => (await queue.getProperties()).approximateMessagesCount === 0;

  test('JSON arrives parsed, with what the queue says of the message, and is removed after its run', async () => {
    const { messageId } = await put({ hello: 'wörld' });
    const entry = await eventually('the run', () =>
      entries().find(({ metadata }) => metadata?.['id'] === messageId),
    );
    expect(entry.message).toEqual({ hello: 'wörld' });
    expect(entry.metadata).toMatchObject({ dequeueCount: 1, queueTrigger: { hello: 'wörld' } });
    expect(Date.parse(String(entry.metadata?.['insertionTime']))).toBeGreaterThan(Date.now() - 60_000);
    await eventually('it is gone', isEmpty);
  });

  test('a message that is not yet visible waits', async () => {
    await put('later', 2);
    await put('sooner');
    await eventually('the visible one', () => runsOf('sooner') === 1);
    expect(runsOf('later')).toBe(0);
    await eventually('the other one', () => runsOf('later') === 1);
  });

  test('after maxDequeueCount runs a message goes to the poison queue', async () => {
    await put('always fails');
    expect(Buffer.from(await poisoned('the poison message'), 'base64').toString()).toBe('always fails');
    expect(runsOf('always fails')).toBe(3);
    await eventually('it is gone', isEmpty);
  });

  test('a message that is not base64 goes to the poison queue without a run', async () => {
    const before = entries().length;
    await queue.sendMessage('<not base64>');
    expect(await poisoned('the unreadable message')).toBe('<not base64>');
    expect(entries()).toHaveLength(before);
  });

  test('no more messages at a time than batchSize and newBatchThreshold together', async () => {
    await Promise.all(['1', '2', '3', '4', '5', '6'].map((name) => put({ slow: 300, name })));
    await eventually('all six', () => entries().filter(({ slowEnd }) => slowEnd !== undefined).length === 6);
    let running = 0;
    let highest = 0;
    for (const { message, slowEnd } of entries()) {
      if (slowEnd !== undefined) running--;
      else if ((message as { slow?: number } | undefined)?.slow !== undefined) running++;
      highest = Math.max(highest, running);
    }
    expect([2, 3]).toContain(highest);
  });

  test('a long run keeps its message', async () => {
    // Longer than the lease.
    await put({ slow: 7000, name: 'long' });
    await eventually('its end', () => entries().some(({ slowEnd }) => slowEnd === 'long'), 40_000);
    await eventually('it is gone', isEmpty);
    expect(
      entries().filter(({ message }) => (message as { name?: string } | undefined)?.name === 'long'),
    ).toHaveLength(1);
  });

  test('a message whose run killed the host comes again, until it is poison', async () => {
    await put('kill me');
    const text = await eventually(
      'the poison message',
      async () => {
        const { receivedMessageItems } = await poison.receiveMessages({ visibilityTimeout: 600 });
        return receivedMessageItems[0]?.messageText;
      },
      90_000,
    );
    expect(Buffer.from(text, 'base64').toString()).toBe('kill me');
    expect(runsOf('kill me')).toBe(3);
  });
});
