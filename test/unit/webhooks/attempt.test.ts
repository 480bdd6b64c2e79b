import { describe, expect, test } from 'vitest';
import { attemptDelivery, type AttemptParts } from '../../../src/shared/webhooks/attempt.ts';
import type { CloudEvent } from '../../../src/shared/webhooks/cloud-event.ts';
import type { Delivery } from '../../../src/shared/webhooks/delivery.ts';
import { endpointOf } from '../../../src/shared/webhooks/endpoint.ts';
import type { EndpointHealth } from '../../../src/shared/webhooks/endpoint-health.ts';
import { everyEvent } from './events-at-hand.ts';

const endpoint = endpointOf(new URL('https://hooks.example.com/'));
const [event] = everyEvent() as [CloudEvent];
const tested = everyEvent().at(-1) ?? event;
const NOW = new Date('2026-03-01T12:00:00.000Z');

/** Everything that an attempt writes, in its order. */
function desk(answer: Delivery, health: EndpointHealth = {}) {
  const written: unknown[] = [];
  let posts = 0;
  const parts: AttemptParts = {
    queues: {
      send: async (_endpoint, message, seconds) => {
        written.push({ queued: message.attempt, seconds });
      },
    },
    endpoints: {
      get: async () => health,
      change: async (_id, change) => {
        const next = change(health);
        written.push({ disabled: next.disabled, failing: next.failingSince !== undefined });
      },
    },
    undelivered: {
      keep: async ({ attempts, reason }) => {
        written.push({ dead: attempts, reason });
      },
    },
    deliver: async () => {
      posts += 1;
      return answer;
    },
    now: () => NOW,
    random: () => 0,
  };
  return { parts, written, posts: () => posts };
}

const failed: Delivery = { kind: 'failed', reason: 'answered 500', retryAfter: undefined };
const gone: Delivery = { kind: 'gone', reason: 'answered 410' };
const taken: Delivery = { kind: 'delivered', status: 204 };

describe('an attempt', () => {
  test('that is taken ends the matter', async () => {
    const { parts, written } = desk(taken);
    expect(await attemptDelivery(parts, endpoint, { event, attempt: 1 })).toEqual(taken);
    expect(written).toEqual([{ disabled: undefined, failing: false }]);
  });

  test('that fails is followed by the next one, later', async () => {
    const { parts, written } = desk(failed);
    expect(await attemptDelivery(parts, endpoint, { event, attempt: 2 })).toEqual({
      kind: 'again',
      reason: 'answered 500',
      seconds: 300,
    });
    expect(written).toContainEqual({ queued: 3, seconds: 300 });
  });

  test('that fails waits as long as the receiver asks', async () => {
    const { parts, written } = desk({ ...failed, retryAfter: 3600 });
    await attemptDelivery(parts, endpoint, { event, attempt: 1 });
    expect(written).toContainEqual({ queued: 2, seconds: 3600 });
  });

  test('that was the last one makes a dead letter', async () => {
    const { parts, written } = desk(failed);
    expect(await attemptDelivery(parts, endpoint, { event, attempt: 10 })).toMatchObject({
      kind: 'given-up',
    });
    expect(written).toContainEqual({ dead: 10, reason: 'answered 500' });
  });

  test('that is answered with 410 makes a dead letter at once, and ends all sending', async () => {
    const { parts, written } = desk(gone);
    await attemptDelivery(parts, endpoint, { event, attempt: 1 });
    expect(written).toEqual([
      { disabled: 'gone', failing: true },
      { dead: 1, reason: 'answered 410' },
    ]);
  });

  test('is not made where nothing is sent any more: the event is kept', async () => {
    const { parts, written, posts } = desk(taken, { disabled: 'gone', lastFailure: 'answered 410' });
    const attempted = await attemptDelivery(parts, endpoint, { event, attempt: 3 });
    expect(attempted).toMatchObject({ kind: 'given-up' });
    expect(posts()).toBe(0);
    expect(written).toEqual([{ dead: 2, reason: expect.stringContaining('send a test event') }]);
  });

  test('with a test event is made all the same, and begins everything anew', async () => {
    const { parts, written, posts } = desk(taken, { disabled: 'failing' });
    await attemptDelivery(parts, endpoint, { event: tested, attempt: 1 });
    expect(posts()).toBe(1);
    expect(written).toEqual([{ disabled: undefined, failing: false }]);
  });
});
