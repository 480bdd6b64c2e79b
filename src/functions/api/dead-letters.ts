import * as z from 'zod';
import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { DeadLetterReplay, Replay } from '../../shared/status/dead-letter-replay.ts';
import type { DeadLetterKey, DeadLetterStore } from '../../shared/status/dead-letter-store.ts';
import type { DeadLetterRow } from '../../shared/status/dead-letters.ts';
import { timestamp } from './device-updates.ts';

export interface DeadLetterParts {
  readonly deadLetters: Pick<DeadLetterStore, 'page'>;
  readonly replays: () => Promise<Pick<DeadLetterReplay, 'replay'>>;
}

/** Day, writer (a hash and a partition) and sequence number, joined by what none of them holds. */
const ID = /^\d{4}-\d{2}-\d{2}(?:@[A-Za-z0-9._~-]{1,256}){3}$/;
const letterId = z
  .string()
  .regex(ID, 'is not an id that a dead letter can have')
  .meta({ examples: ['2026-03-01@1a2b3c4d@0@00000000000000000042'] });

export const deadLetter = z
  .object({
    id: letterId,
    code: z.string().meta({ description: 'Why it could not be understood; stable.' }),
    reason: z.string().meta({ description: 'The same in words.' }),
    deviceId: z.string().meta({ description: 'As the event said; empty where it named none.' }),
    enqueuedAt: timestamp.meta({ description: 'When the Event Hub took the event.' }),
    body: z.string().meta({ description: 'As it came, without secrets.' }),
    replayable: z.boolean().meta({ description: 'False where it could be kept only in part.' }),
  })
  .meta({ id: 'DeadLetter', description: 'An event that could not be understood.' });

export const replayed = z
  .object({
    outcome: z.enum(['recorded', 'skipped']),
    entries: z.int().meta({
      description: 'How many histories it entered; 0 where it was known already, or tells nothing new.',
    }),
    skipped: z.string().optional().meta({ description: 'Why it concerns no rollout.' }),
  })
  .meta({ id: 'Replay', description: 'The event was understood, and is no dead letter any more.' });

const listDeadLetters = operation({
  id: 'dead-letters',
  method: 'GET',
  path: '/dead-letters',
  right: 'read',
  tag: 'Dead letters',
  summary: 'List dead letters',
  description: 'The newest day (UTC) first; in a day by Event Hub partition and sequence number.',
  query: z.strictObject({ limit, continuation }),
  answer: json({
    schema: pageOf('DeadLetterPage', deadLetter),
    description: 'A page of dead letters.',
    example: {
      value: [
        {
          id: '2026-03-01@1a2b3c4d@0@00000000000000000042',
          code: 'bad-json',
          reason: 'The body of a twin change is not JSON',
          deviceId: 'devkit-0001',
          enqueuedAt: '2026-03-01T09:00:12.000Z',
          body: '{"properties":',
          replayable: true,
        },
      ],
    },
  }),
});

const replayDeadLetter = operation({
  id: 'dead-letter-replay',
  method: 'POST',
  path: '/dead-letters/{id}/replay',
  right: 'write',
  tag: 'Dead letters',
  summary: 'Run a dead letter through the ledger again',
  description:
    'After a fix. An event that is understood now is recorded where it belongs, and its dead letter removed. Safe to repeat.',
  parameters: z.object({ id: letterId }),
  answer: json({
    schema: replayed,
    description: 'The event was understood.',
    example: { outcome: 'recorded', entries: 1 },
  }),
  problems: ['not-found', 'conflict'],
});

/** HTTP: dead letters, and their replay. */
export function deadLetterRoutes({ deadLetters, replays }: DeadLetterParts): Route[] {
  return [
    route(listDeadLetters, async ({ query, url }) => {
      const { letters, next } = await deadLetters.page(query.limit, after(query.continuation));
      const cursor = next && writeKeyset('dead-letters', [next.day, next.rowKey]);
      return pageResult(url, letters.map(served), cursor);
    }),
    route(replayDeadLetter, async ({ path, caller, log }) => {
      const replay = await (await replays()).replay(keyOf(path.id));
      log('info', 'dead-letter-replayed', { id: path.id, caller: caller.name, ...replay });
      return { body: answerOf(replay, path.id) };
    }),
  ];
}

function answerOf(replay: Replay, id: string): z.input<typeof replayed> {
  switch (replay.kind) {
    case 'recorded':
      return { outcome: 'recorded', entries: replay.entries };
    case 'skipped':
      return { outcome: 'skipped', entries: 0, skipped: replay.reason };
    case 'not-found':
      throw new ProblemError('not-found', `There is no dead letter "${id}".`);
    case 'not-replayable':
      throw new ProblemError('conflict', 'The event was kept only in part, so it cannot be replayed.');
    case 'still-dead':
      throw new ProblemError(
        'conflict',
        `The event is still not understood (${replay.code}): ${replay.reason}.`,
      );
  }
}

function served(row: DeadLetterRow): z.input<typeof deadLetter> {
  const { partitionKey, rowKey, code, reason, deviceId, enqueuedAt, body, replayable } = row;
  const id = [partitionKey, ...rowKey.split('|')].join('@');
  return { id, code, reason, deviceId, enqueuedAt, body, replayable };
}

function keyOf(id: string): DeadLetterKey {
  const [day = '', ...rest] = id.split('@');
  return { day, rowKey: rest.join('|') };
}

function after(text: string | undefined): DeadLetterKey | undefined {
  if (text === undefined) return undefined;
  const [day = '', rowKey = ''] = readKeyset(text, 'dead-letters', 2);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && Number.isFinite(Date.parse(day));
  if (!isDay || !/^[\w.~|-]{0,1024}$/.test(rowKey)) throw invalidContinuation();
  return { day, rowKey };
}
