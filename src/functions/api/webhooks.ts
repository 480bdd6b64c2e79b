import * as z from 'zod';
import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { eventNames } from '../../shared/webhooks/event-names.ts';
import { undeliveredId } from '../../shared/webhooks/undelivered-store.ts';
import type { WebhookDesk } from '../../shared/webhooks/webhook-desk.ts';
import { timestamp } from './device-updates.ts';

export interface WebhookParts {
  /** Absent where no address is set. */
  readonly webhooks: (() => Promise<WebhookDesk>) | undefined;
}

const endpointId = z.string().meta({ description: 'A hash of the address.', examples: ['5f2b1c9e8d7a'] });
const address = z.string().meta({ description: 'Without its query, and without what may be a token.' });

export const endpoint = z
  .object({
    id: endpointId,
    address,
    events: z.array(z.enum(eventNames)).meta({ description: 'What is sent there.' }),
    waiting: z.int().meta({
      description: 'About how many events wait for their first attempt or for the next one.',
    }),
    lastSuccessAt: timestamp.optional().meta({ description: 'Right to ten seconds.' }),
    lastFailureAt: timestamp.optional(),
    lastFailure: z.string().optional().meta({ description: 'Why the newest failed attempt failed.' }),
    failingSince: timestamp.optional().meta({ description: 'Since when no attempt has succeeded.' }),
    disabled: z.enum(['gone', 'failing']).optional().meta({
      description:
        'Nothing but test events is sent: the receiver answered 410, or took nothing for five days. A test event that arrives ends it.',
    }),
  })
  .meta({ id: 'WebhookEndpoint', description: 'An address that events are sent to.' });

const exampleEndpoint = {
  id: '5f2b1c9e8d7a',
  address: 'https://hooks.example.com/firmware',
  events: ['rollout.started', 'rollout.gate-failed', 'upload.refused'],
  waiting: 0,
  lastSuccessAt: '2026-03-01T10:00:00.000Z',
} as const;

const letterId = z
  .string()
  .regex(undeliveredId, 'is not an id that such a dead letter can have')
  .meta({ examples: ['98227623600000-5f2b1c9e8d7a-0123456789abcdef'] });

export const letter = z
  .object({
    id: letterId,
    endpoint: endpointId,
    address: address.optional().meta({ description: 'Absent where it is no longer set.' }),
    event: z.record(z.string(), z.unknown()).meta({ description: 'The CloudEvent, as it was sent.' }),
    attempts: z.int(),
    reason: z.string().meta({ description: 'Why it was given up.' }),
    givenUpAt: timestamp,
  })
  .meta({ id: 'UndeliveredEvent', description: 'An event that an endpoint did not take.' });

const tag = 'Webhooks';

const listEndpoints = operation({
  id: 'webhooks',
  method: 'GET',
  path: '/webhooks',
  right: 'read',
  tag,
  summary: 'List webhook endpoints',
  description: 'Every address that events are sent to, with how it fares. None where none is set.',
  answer: json({
    schema: pageOf('WebhookEndpointList', endpoint),
    description: 'All endpoints.',
    example: { value: [{ ...exampleEndpoint, events: [...exampleEndpoint.events] }] },
  }),
});

const sendTest = operation({
  id: 'webhook-test',
  method: 'POST',
  path: '/webhooks/test',
  right: 'write',
  tag,
  summary: 'Send a test event to every endpoint',
  description:
    'The way that every event goes: queued, signed, repeated. Where it arrives, an endpoint that was given up is used again.',
  answer: json({
    schema: z
      .object({
        event: z.string().meta({ description: 'Its `id`.' }),
        endpoints: z.int().meta({ description: 'How many it is sent to.' }),
      })
      .meta({ id: 'WebhookTest' }),
    description: 'The event is queued.',
    example: { event: 'evt_0f1e2d3c4b5a69788796a5b4c3d2e1f0', endpoints: 1 },
  }),
  problems: ['conflict'],
});

const listLetters = operation({
  id: 'webhook-dead-letters',
  method: 'GET',
  path: '/webhooks/dead-letters',
  right: 'read',
  tag,
  summary: 'List events that were not delivered',
  description: 'The newest first. They stay until they are replayed or discarded.',
  query: z.strictObject({ limit, continuation }),
  answer: json({
    schema: pageOf('UndeliveredEventPage', letter),
    description: 'A page of events.',
    example: {
      value: [
        {
          id: '98227623600000-5f2b1c9e8d7a-0123456789abcdef',
          endpoint: '5f2b1c9e8d7a',
          address: 'https://hooks.example.com/firmware',
          event: { specversion: '1.0', id: 'evt_0f1e2d3c4b5a69788796a5b4c3d2e1f0' },
          attempts: 10,
          reason: 'answered 500: out of order',
          givenUpAt: '2026-03-04T12:00:00.000Z',
        },
      ],
    },
  }),
});

const replayLetter = operation({
  id: 'webhook-dead-letter-replay',
  method: 'POST',
  path: '/webhooks/dead-letters/{id}/replay',
  right: 'write',
  tag,
  summary: 'Send an event again that was not delivered',
  description: 'From the first attempt on, under the same event id; the dead letter is removed.',
  parameters: z.object({ id: letterId }),
  answer: json({
    schema: z
      .object({ event: z.string().meta({ description: 'Its `id`.' }), endpoint: endpointId })
      .meta({ id: 'ResentEvent' }),
    description: 'The event is queued.',
    example: { event: 'evt_0f1e2d3c4b5a69788796a5b4c3d2e1f0', endpoint: '5f2b1c9e8d7a' },
  }),
  problems: ['not-found', 'conflict'],
});

const discardLetter = operation({
  id: 'webhook-dead-letter-discard',
  method: 'DELETE',
  path: '/webhooks/dead-letters/{id}',
  right: 'write',
  tag,
  summary: 'Discard an event that was not delivered',
  description: 'For one that nobody misses, or whose address is no longer set. Nothing is sent.',
  parameters: z.object({ id: letterId }),
  answer: json({
    schema: z
      .object({ event: z.string().meta({ description: 'Its `id`.' }), endpoint: endpointId })
      .meta({ id: 'DiscardedEvent' }),
    description: 'The dead letter is removed.',
    example: { event: 'evt_0f1e2d3c4b5a69788796a5b4c3d2e1f0', endpoint: '5f2b1c9e8d7a' },
  }),
  problems: ['not-found'],
});

/** HTTP: where events go, whether they arrive, and those that did not. */
export function webhookRoutes({ webhooks }: WebhookParts): Route[] {
  return [
    route(listEndpoints, async () => ({ body: { value: (await (await webhooks?.())?.list()) ?? [] } })),
    route(sendTest, async ({ caller, log }) => {
      if (!webhooks) throw new ProblemError('conflict', NO_ADDRESS);
      const sent = await (await webhooks()).test(caller.name);
      log('info', 'webhook-tested', { caller: caller.name, eventId: sent.event });
      return { body: sent };
    }),
    route(listLetters, async ({ query, url }) => {
      const desk = await webhooks?.();
      const page = await desk?.undelivered(query.limit, after(query.continuation));
      const next = page?.next && writeKeyset('webhook-dead-letters', [page.next]);
      return pageResult(url, page?.letters ?? [], next);
    }),
    route(replayLetter, async ({ path, caller, log }) => {
      const resent = (await (await webhooks?.())?.resend(path.id)) ?? ({ kind: 'not-found' } as const);
      switch (resent.kind) {
        case 'sent': {
          const { event, endpoint: id } = resent.letter;
          log('info', 'webhook-dead-letter-replayed', { id: path.id, caller: caller.name });
          return { body: { event: event.id, endpoint: id } };
        }
        case 'not-found':
          throw noLetter(path.id);
        case 'no-receiver':
          throw new ProblemError('conflict', `The event cannot be sent now: ${resent.reason}.`);
      }
    }),
    route(discardLetter, async ({ path, caller, log }) => {
      const discarded = await (await webhooks?.())?.discard(path.id);
      if (!discarded) throw noLetter(path.id);
      const { event, endpoint: id } = discarded;
      const fields = { id: path.id, eventId: event.id, eventType: event.type, caller: caller.name };
      log('info', 'webhook-letter-discarded', fields);
      return { body: { event: event.id, endpoint: id } };
    }),
  ];
}

function noLetter(id: string): ProblemError {
  return new ProblemError('not-found', `There is no dead letter "${id}".`);
}

const NO_ADDRESS = 'No webhook address is set. Set WEBHOOK_URLS and WEBHOOK_SECRETS, and restart the app.';

function after(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [key = ''] = readKeyset(text, 'webhook-dead-letters', 1);
  if (!undeliveredId.test(key)) throw invalidContinuation();
  return key;
}
