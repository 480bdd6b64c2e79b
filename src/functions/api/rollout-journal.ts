import * as z from 'zod';
import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { journalActions } from '../../shared/rollout/journal.ts';
import { auditKeyPattern } from '../../shared/rollout/rollout-rows.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import { timestamp } from './device-updates.ts';
import { existingRollout } from './rollouts.ts';
import { rolloutId, rolloutState } from './rollout-schemas.ts';

const entry = {
  revision: z.int().meta({ description: 'Of the rollout after it; 0 is its start.' }),
  at: timestamp,
  action: z.enum(journalActions),
  actor: z.string().meta({
    description: '`service` for what the timer decided, else the caller as far as known.',
  }),
  reason: z.string(),
  state: rolloutState.meta({ description: 'After it.' }),
  stage: z.int().meta({ description: 'After it.' }),
  inputs: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .meta({ description: 'What the decision was based on.' }),
};

export const journalEntry = z
  .object(entry)
  .meta({ id: 'JournalEntry', description: 'One decision on a rollout: what, on which numbers, by whom.' });

export const auditEntry = z
  .object({ rollout: rolloutId, ...entry })
  .meta({ id: 'AuditEntry', description: 'What a person did to a rollout.' });

const exampleEntry = {
  revision: 2,
  at: '2026-03-01T10:00:00.000Z',
  action: 'paused',
  actor: 'operator@example.com',
  reason: 'Too many calls from the field',
  state: 'paused',
  stage: 1,
  inputs: {},
} as const;

const getJournal = operation({
  id: 'rollout-journal',
  method: 'GET',
  path: '/rollouts/{id}/journal',
  right: 'read',
  tag: 'Rollouts',
  summary: 'List the decisions on a rollout',
  description: 'The oldest first.',
  parameters: z.object({ id: rolloutId }),
  query: z.strictObject({ limit, continuation }),
  answer: json({
    schema: pageOf('JournalPage', journalEntry),
    description: 'A page of decisions.',
    example: { value: [exampleEntry] },
  }),
  problems: ['not-found'],
});

const listAudit = operation({
  id: 'audit',
  method: 'GET',
  path: '/audit',
  right: 'read',
  tag: 'Rollouts',
  summary: 'List what persons did',
  description: 'To all rollouts, the newest first. Decisions of the service stand in the journals only.',
  query: z.strictObject({ limit, continuation }),
  answer: json({
    schema: pageOf('AuditPage', auditEntry),
    description: 'A page of what persons did.',
    example: { value: [{ rollout: 'fw-iotdevkit-1-0-1', ...exampleEntry }] },
  }),
});

/** HTTP: the journal of a rollout, and who did what. */
export function rolloutJournalRoutes(rollouts: Pick<RolloutStore, 'get' | 'journal' | 'audit'>): Route[] {
  return [
    route(getJournal, async ({ path, query, url }) => {
      const { id } = await existingRollout(rollouts, path.id);
      const last = revisionAfter(query.continuation);
      const entries = (await rollouts.journal(id)).filter(({ revision }) => revision > last);
      const page = entries.slice(0, query.limit);
      const end = page.at(-1);
      const next =
        end && entries.length > page.length ? writeKeyset('journal', [`${end.revision}`]) : undefined;
      return pageResult(url, page.map(servedEntry), next);
    }),
    route(listAudit, async ({ query, url }) => {
      const { entries, next } = await rollouts.audit(query.limit, keyAfter(query.continuation));
      return pageResult(url, entries.map(servedEntry), next && writeKeyset('audit', [next]));
    }),
  ];
}

/** The state was written by the store: it is one of those that there are. */
function servedEntry<Entry extends { readonly state: string }>(stored: Entry) {
  return { ...stored, state: rolloutState.parse(stored.state) };
}

function revisionAfter(text: string | undefined): number {
  if (text === undefined) return -1;
  const [revision = ''] = readKeyset(text, 'journal', 1);
  if (!/^\d{1,9}$/.test(revision)) throw invalidContinuation();
  return Number(revision);
}

function keyAfter(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [key = ''] = readKeyset(text, 'audit', 1);
  if (!auditKeyPattern.test(key)) throw invalidContinuation();
  return key;
}
