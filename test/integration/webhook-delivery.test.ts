import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/shared/webhooks/delivery.ts';
import { endpointOf } from '../../src/shared/webhooks/endpoint.ts';
import { signingKey } from '../../src/shared/webhooks/signature.ts';
import { everyEvent } from '../unit/webhooks/events-at-hand.ts';
import { type Answer, hang, status, verified, WEBHOOK_SECRET, WebhookReceiver } from './webhook-receiver.ts';

const OLD = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const events = everyEvent();
const [event = events[0]] = events;
let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(() => receiver.close());

const keys = (...secrets: string[]) => secrets.map((secret) => signingKey(secret) ?? Buffer.alloc(0));
async function send(answer: Answer, timeoutMs = 10_000, path = '') {
  receiver.answer = answer;
  if (!event) throw new Error('There is no event');
  const endpoint = endpointOf(new URL(`${receiver.url}${path}`));
  return deliver(endpoint, event, keys(WEBHOOK_SECRET), new Date(), timeoutMs);
}

describe('a delivery', () => {
  test('is one signed CloudEvent in structured mode', async () => {
    expect(await send(status(204), 10_000, '?sig=x')).toEqual({ kind: 'delivered', status: 204 });
    expect(receiver.events()).toEqual([event]);
    const [request] = receiver.received;
    expect(request?.path).toBe('/hook?sig=x');
    expect(request?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': event?.id,
    });
  });

  test('is signed for the old and the new secret while they change', async () => {
    if (!event) throw new Error('There is no event');
    await deliver(endpointOf(new URL(receiver.url)), event, keys(WEBHOOK_SECRET, OLD), new Date());
    expect(receiver.events(OLD)).toEqual(receiver.events(WEBHOOK_SECRET));
    const foreign = `whsec_${Buffer.alloc(32, 4).toString('base64')}`;
    expect(() => receiver.received.map((request) => verified(request, foreign))).toThrow('No matching');
  });

  test('is taken by a receiver that is slow, and by one whose answer breaks off', async () => {
    const slow: Answer = (response) => setTimeout(() => response.writeHead(200).end('ok'), 300);
    expect(await send(slow)).toEqual({ kind: 'delivered', status: 200 });
    const cut: Answer = (response) => {
      response.writeHead(202, { 'content-length': '1000' });
      response.write('begun', () => response.destroy());
    };
    expect(await send(cut)).toEqual({ kind: 'delivered', status: 202 });
  });

  test('fails with what the receiver said, without its secrets and no longer than a line', async () => {
    const words: Answer = (response) =>
      response.writeHead(500).end(`no room\n\u0007 token=geheim ${'x'.repeat(100_000)}`);
    const delivery = await send(words);
    expect(delivery).toMatchObject({ kind: 'failed', retryAfter: undefined });
    const { reason } = delivery as { reason: string };
    expect(reason).toMatch(/^answered 500: no room {3}token=REDACTED x+$/);
    expect(reason.length).toBeLessThan(250);
  });

  test('fails where the answer hangs, with the timeout in words', async () => {
    expect(await send(hang, 200)).toEqual({
      kind: 'failed',
      reason: 'no answer within 0.2 s',
      retryAfter: undefined,
    });
  });

  test('fails where the connection is cut or refused', async () => {
    expect(await send((response) => response.destroy())).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^no answer: \w+/),
    });
    await receiver.close();
    const delivery = await send(status(200));
    expect(delivery).toMatchObject({ kind: 'failed', reason: 'no answer: ECONNREFUSED' });
    receiver = await WebhookReceiver.start();
  });

  test('does not follow a redirect', async () => {
    const other = await WebhookReceiver.start();
    try {
      for (const code of [301, 302, 303, 307, 308]) {
        expect(await send(status(code, { location: other.url }))).toMatchObject({
          kind: 'failed',
          reason: `answered ${code}`,
        });
      }
      expect(other.received).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test('says how long the receiver wants to be left alone, and that it wants no more', async () => {
    expect(await send(status(429, { 'retry-after': '120' }))).toMatchObject({
      kind: 'failed',
      retryAfter: 120,
    });
    expect(await send(status(503, { 'retry-after': 'never' }))).toMatchObject({ retryAfter: undefined });
    expect(await send(status(410))).toEqual({ kind: 'gone', reason: 'answered 410' });
  });
});
