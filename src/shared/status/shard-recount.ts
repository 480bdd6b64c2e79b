import type { Rollout } from '../rollout/rollout.ts';

/** What the recount last said of one shard. */
export interface ShardRecount {
  readonly rolloutId: string;
  readonly shard: number;
  /** When its turn last came, whatever came of it; RFC 3339, empty before the first time. */
  readonly triedAt: string;
  /** When it was last counted to the end; RFC 3339, empty before the first time. */
  readonly countedAt: string;
  /** By how much counters and index were wrong then: the sum of the differences, whatever their sign. */
  readonly drift: number;
  /** How often the shard was ever corrected. */
  readonly healings: number;
  /** Absent where nothing is kept of the shard yet. */
  readonly etag?: string;
}

/** How far the counts of a rollout can be trusted, as it is served. */
export interface RecountSummary {
  /** What the last recounts of its shards found wrong, all together. */
  readonly drift: number;
  readonly healings: number;
  /** Every shard was counted to the end at this time or later; RFC 3339. */
  readonly recountedAt: string;
}

/**
 * All shards of the rollouts in the order of their turns: those first whose last turn is longest ago. So
 * each run goes on where the last one ended, and a shard that fails or never holds still waits like the others.
 */
export function shardTurns(
  rollouts: readonly Pick<Rollout, 'id' | 'shards'>[],
  known: readonly ShardRecount[],
): ShardRecount[] {
  const byShard = new Map(known.map((one) => [nameOf(one.rolloutId, one.shard), one]));
  return rollouts
    .flatMap(({ id, shards }) =>
      Array.from({ length: shards }, (_, shard) => byShard.get(nameOf(id, shard)) ?? neverTried(id, shard)),
    )
    .toSorted((a, b) => (a.triedAt < b.triedAt ? -1 : Number(a.triedAt > b.triedAt)));
}

/** Undefined until each shard was counted to the end once: what was not counted is not known to be right. */
export function summarize(
  { shards }: Pick<Rollout, 'shards'>,
  known: readonly ShardRecount[],
): RecountSummary | undefined {
  const counted = known.filter(({ countedAt }) => countedAt !== '');
  if (counted.length < shards) return undefined;
  return {
    drift: counted.reduce((sum, { drift }) => sum + drift, 0),
    healings: counted.reduce((sum, { healings }) => sum + healings, 0),
    recountedAt: counted.map(({ countedAt }) => countedAt).toSorted()[0] ?? '',
  };
}

function nameOf(rolloutId: string, shard: number): string {
  return `${rolloutId}|${shard}`;
}

function neverTried(rolloutId: string, shard: number): ShardRecount {
  return { rolloutId, shard, triedAt: '', countedAt: '', drift: 0, healings: 0 };
}
