import type { LedgerTable } from '../azure/table-access.ts';
import type { RolloutRecord } from '../rollout/rollout.ts';
import { type Recount, recountShard } from './recount.ts';
import type { RecountStore } from './recount-store.ts';
import { type ShardRecount, shardTurns } from './shard-recount.ts';

export interface RecountParts {
  readonly rollouts: { list(): Promise<readonly Pick<RolloutRecord, 'id' | 'shards' | 'state'>[]> };
  readonly recounts: RecountStore;
  /** The table `deviceupdates`. */
  readonly updates: () => Promise<LedgerTable>;
}

/** What came of one shard's turn. */
export type ShardTurn = { readonly rollout: string; readonly shard: number } & TurnResult;

type TurnResult = Recount | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Recounts the shards of all rollouts that are not retired, those first whose turn is longest ago, until
 * every shard had its turn or the requests are spent: no shard begins after that, and the last one may
 * take more. Results come one by one, each of them already kept. A shard that cannot be counted now
 * does not hold up the others. Several runs at once share the shards. Throws TableUnavailableError and
 * TableRefusedError where the turns themselves cannot be kept, and what the rollouts' store throws.
 */
export async function* recountInTurn(
  parts: RecountParts,
  now: Date,
  requests: number,
): AsyncGenerator<ShardTurn> {
  const rollouts = (await parts.rollouts.list()).filter(({ state }) => state !== 'retired');
  const turns = shardTurns(rollouts, await parts.recounts.all());
  let spent = 0;
  for (const turn of turns) {
    if (spent >= requests) return;
    const claimed = await parts.recounts.claim(turn, now);
    if (claimed === undefined) continue;
    const result = await recountClaimed(parts, claimed, now);
    if (result.kind !== 'failed') spent += result.requests;
    yield { rollout: turn.rolloutId, shard: turn.shard, ...result };
  }
}

async function recountClaimed(parts: RecountParts, claimed: ShardRecount, now: Date): Promise<TurnResult> {
  try {
    const rollout = { id: claimed.rolloutId };
    const recount = await recountShard(await parts.updates(), rollout, claimed.shard, now);
    if (recount.kind !== 'busy') {
      await parts.recounts.publish(claimed, { drift: driftOf(recount), healings: recount.healings }, now);
    }
    return recount;
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** How many devices were counted wrongly or were missing from, or too many in, the index. */
function driftOf(recount: Exclude<Recount, { kind: 'busy' }>): number {
  if (recount.kind === 'exact') return 0;
  const counted = Object.values(recount.drift).reduce((sum, difference) => sum + Math.abs(difference), 0);
  return counted + recount.index.missing.length + recount.index.extra.length;
}
