import type { TableAccess, TableRow } from '../azure/table-access.ts';
import { prefixFilter, quoted } from '../azure/table-keys.ts';
import type { Plan } from '../rollout/plan.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { inParallel } from './in-parallel.ts';
import { deviceOfKey, rowPrefix, shardKey } from './ledger-keys.ts';
import { readShardCounts } from './shard-counts.ts';

type RolloutShards = Pick<Rollout, 'id' | 'shards'>;

/** A device that is stuck: in which working state, and since when it is in it. */
export interface StuckDevice {
  readonly deviceId: string;
  readonly state: string;
  readonly since: string;
}

/** Shards in flight at once. */
const READS_AT_ONCE = 24;

/** Only shards that have devices at work are asked, and only devices over their limit travel. */
export async function countStuck(
  access: TableAccess,
  rollout: RolloutShards,
  limits: Plan['limits'],
  now: Date,
): Promise<number> {
  const shards = Array.from({ length: rollout.shards }, (_, shard) => shard);
  const stuck = await inParallel(shards, READS_AT_ONCE, async (shard) => {
    const filter = await stuckFilter(access, rollout, shard, limits, now);
    return filter === undefined ? 0 : (await access.all(filter, ['rowKey'])).length;
  });
  return stuck.reduce((sum, count) => sum + count, 0);
}

/** The first `limit` of them, in the order of shards and keys. */
export async function listStuck(
  access: TableAccess,
  rollout: RolloutShards,
  limits: Plan['limits'],
  now: Date,
  limit: number,
): Promise<readonly StuckDevice[]> {
  const devices: StuckDevice[] = [];
  for (let shard = 0; shard < rollout.shards; shard += 1) {
    const filter = await stuckFilter(access, rollout, shard, limits, now);
    if (filter === undefined) continue;
    for await (const page of access.pages(filter, ['rowKey', 'state', 'since'])) {
      devices.push(...page.map(stuckDevice));
      if (devices.length >= limit) return devices.slice(0, limit);
    }
  }
  return devices;
}

function stuckDevice({ rowKey = '', state, since }: TableRow): StuckDevice {
  return { deviceId: deviceOfKey(rowKey), state: String(state), since: String(since) };
}

/**
 * Undefined where no device of the shard is at work. `since` is RFC 3339 in UTC with milliseconds throughout,
 * so its text sorts by time.
 */
async function stuckFilter(
  access: TableAccess,
  rollout: RolloutShards,
  shard: number,
  limits: Plan['limits'],
  now: Date,
): Promise<string | undefined> {
  const { Downloading, Verifying, Applying } = await readShardCounts(access, rollout.id, shard);
  if (Downloading + Verifying + Applying <= 0) return undefined;
  const before = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
  const over = [
    ['Downloading', limits.downloadingMinutes] as const,
    ['Verifying', limits.verifyingMinutes] as const,
    ['Applying', limits.applyingMinutes] as const,
  ].map(([state, minutes]) => `(state eq ${quoted(state)} and since le ${quoted(before(minutes))})`);
  return `${prefixFilter(shardKey(rollout.id, shard), rowPrefix.device)} and (${over.join(' or ')})`;
}
