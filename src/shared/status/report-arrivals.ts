import type { RolloutRecord } from '../rollout/rollout.ts';
import type { RolloutStore } from '../rollout/rollout-store.ts';
import { inParallel } from './in-parallel.ts';
import type { LedgerReads } from './ledger-reads.ts';

/** A rollout that devices have the image of, and that none has reported to. */
export interface SilentRollout {
  readonly rollout: string;
  /** Devices whose twin holds the image, as the hub last counted. */
  readonly applied: number;
  /** Since when its stage is open; RFC 3339. */
  readonly since: string;
}

export interface ReportArrivals {
  /** When the newest report arrived that belongs to one of the rollouts; RFC 3339. Absent where none did. */
  readonly newestAt?: string;
  /** How many of the rollouts are offered to a device. */
  readonly offered: number;
  readonly silent: readonly SilentRollout[];
}

/** So many rollouts are looked at, the newest that are not retired: a small read for each of their shards. */
export const ROLLOUTS_LOOKED_AT = 10;
const ROLLOUTS_AT_ONCE = 4;

/** Do devices report? From tables alone. Throws what they throw. */
export async function reportArrivals(
  rollouts: Pick<RolloutStore, 'list'>,
  ledger: Pick<LedgerReads, 'reportsOf'>,
): Promise<ReportArrivals> {
  const listed = (await rollouts.list()).filter(({ state }) => state !== 'retired');
  const looked = await inParallel(listed.slice(0, ROLLOUTS_LOOKED_AT), ROLLOUTS_AT_ONCE, async (rollout) => ({
    rollout,
    ...(await ledger.reportsOf(rollout)),
  }));
  const newestAt = looked
    .flatMap((one) => (one.newestAt === undefined ? [] : [one.newestAt]))
    .toSorted()
    .at(-1);
  const offered = looked.filter(({ rollout }) => appliedBy(rollout) > 0);
  return {
    ...(newestAt !== undefined && { newestAt }),
    offered: offered.length,
    silent: offered.filter(({ seen }) => seen === 0).map(({ rollout }) => silentRollout(rollout)),
  };
}

function silentRollout(rollout: RolloutRecord): SilentRollout {
  const { id, createdAt, stageOpenedAt } = rollout;
  return {
    rollout: id,
    applied: appliedBy(rollout),
    since: stageOpenedAt === '' ? createdAt : stageOpenedAt,
  };
}

function appliedBy({ observation }: RolloutRecord): number {
  return observation?.applied ?? 0;
}
