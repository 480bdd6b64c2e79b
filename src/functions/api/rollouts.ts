import * as z from 'zod';
import type { ReleaseStore } from '../../shared/firmware/release-store.ts';
import { sameVersion } from '../../shared/firmware/version.ts';
import { readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { PendingStore } from '../../shared/rollout/pending-store.ts';
import type { RolloutRecord } from '../../shared/rollout/rollout.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import { servedRollout, servedRolloutDetail } from '../../shared/rollout/served-rollout.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import type { RecountStore } from '../../shared/status/recount-store.ts';
import { deviceType, version } from './release-schemas.ts';
import {
  exampleRollout,
  exampleRolloutDetail,
  rollout,
  rolloutDetail,
  rolloutId,
  rolloutState,
} from './rollout-schemas.ts';

export interface RolloutParts {
  readonly rollouts: Pick<RolloutStore, 'list' | 'get'>;
  readonly releases: Pick<ReleaseStore, 'get'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'countsOf'>>;
  readonly recounts: Pick<RecountStore, 'summaryOf'>;
  readonly pending: Pick<PendingStore, 'listingOf'>;
  readonly now: () => Date;
}

const listQuery = z.strictObject({
  deviceType: deviceType.optional(),
  version: version.optional(),
  state: rolloutState.optional(),
  limit,
  continuation,
});

const listRollouts = operation({
  id: 'rollouts',
  method: 'GET',
  path: '/rollouts',
  right: 'read',
  tag: 'Rollouts',
  summary: 'List rollouts',
  description: 'The newest first.',
  query: listQuery,
  answer: json({
    schema: pageOf('RolloutPage', rollout),
    description: 'A page of rollouts.',
    example: { value: [exampleRollout] },
  }),
});

const getRollout = operation({
  id: 'rollout',
  method: 'GET',
  path: '/rollouts/{id}',
  right: 'read',
  tag: 'Rollouts',
  summary: 'Get a rollout with its release and its counts',
  parameters: z.object({ id: rolloutId }),
  answer: json({ schema: rolloutDetail, description: 'The rollout.', example: exampleRolloutDetail }),
  problems: ['not-found'],
});

/** HTTP: rollouts, and one with its release and counts. */
export function rolloutRoutes(parts: RolloutParts): Route[] {
  return [
    route(listRollouts, async ({ query, url }) => {
      const all = after(await parts.rollouts.list(), query.continuation).filter((one) =>
        isAskedFor(one, query),
      );
      const page = all.slice(0, query.limit);
      const last = page.at(-1);
      const next = last && all.length > page.length ? writeKeyset('rollouts', keyOf(last)) : undefined;
      return pageResult(url, page.map(servedRollout), next);
    }),
    route(getRollout, async ({ path }) => {
      const found = await existingRollout(parts.rollouts, path.id);
      return { body: await servedDetail(parts, found) };
    }),
  ];
}

/** A rollout with what is known beside its row: its release, its counts and how far these can be trusted. */
export async function servedDetail(parts: RolloutParts, found: RolloutRecord) {
  const wasCompleted = found.state === 'completed' || found.state === 'retired';
  const [release, counts, recount, stored] = await Promise.all([
    parts.releases.get(found.deviceType, found.version),
    parts.ledger().then((reads) => reads.countsOf(found)),
    parts.recounts.summaryOf(found),
    wasCompleted ? parts.pending.listingOf(found.id) : undefined,
  ]);
  const pendingListing = stored?.listing;
  return servedRolloutDetail(found, { release, counts, recount, pendingListing }, parts.now());
}

/** Throws a ProblemError where there is none. */
export async function existingRollout(
  rollouts: Pick<RolloutStore, 'get'>,
  id: string,
): Promise<RolloutRecord> {
  const found = await rollouts.get(id);
  if (!found) throw new ProblemError('not-found', `There is no rollout "${id}".`);
  return found;
}

/** What the list is sorted by, descending; neither part of it ever changes. */
function keyOf({ createdAt, id }: RolloutRecord): readonly [string, string] {
  return [createdAt, id];
}

function after(sorted: readonly RolloutRecord[], cursor: string | undefined): readonly RolloutRecord[] {
  if (cursor === undefined) return sorted;
  const [createdAt = '', id = ''] = readKeyset(cursor, 'rollouts', 2);
  return sorted.filter((one) => one.createdAt < createdAt || (one.createdAt === createdAt && one.id < id));
}

function isAskedFor(one: RolloutRecord, query: z.output<typeof listQuery>): boolean {
  return (
    (query.deviceType === undefined || one.deviceType.toLowerCase() === query.deviceType.toLowerCase()) &&
    (query.version === undefined || sameVersion(one.version, query.version)) &&
    (query.state === undefined || one.state === query.state)
  );
}
