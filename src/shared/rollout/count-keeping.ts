import type { RolloutCounts } from '../status/ledger-reads.ts';
import type { CountPoint } from './count-series.ts';
import type { CountSeriesStore } from './count-series-store.ts';
import type { Observed } from './judge.ts';

/**
 * Keeps a point of each rollout that a judge has just looked at, from what it has read anyway. Of a rollout
 * that is over only counts that still change are kept: its last devices come to their ends later. A point
 * that cannot be written is told of, not thrown: the next run takes one as well, and no decision waits for it.
 */
export async function keepCounts(
  series: Pick<CountSeriesStore, 'add'>,
  observed: readonly Observed[],
  now: Date,
): Promise<readonly { readonly rollout: string; readonly error: unknown }[]> {
  const failures: { rollout: string; error: unknown }[] = [];
  for (const { rollout, isOpen, counts, stuck } of observed) {
    const point = countPoint(counts, rollout.observation?.targeted ?? 0, stuck, now);
    try {
      await series.add(rollout.id, point, isOpen ? 'always' : 'if-changed');
    } catch (error) {
      failures.push({ rollout: rollout.id, error });
    }
  }
  return failures;
}

function countPoint(
  { byState, seen }: RolloutCounts,
  targeted: number,
  stuck: number,
  now: Date,
): CountPoint {
  const pending = Math.max(0, targeted - seen);
  return { at: Math.floor(now.getTime() / 1000), counts: { ...byState, pending, stuck } };
}
