import type { RolloutDetail } from '../../../client/answers.ts';
import { rolloutDetail } from '../../../src/functions/api/rollout-schemas.ts';
import type { RolloutRecord } from '../../../src/shared/rollout/rollout.ts';
import { servedRolloutDetail } from '../../../src/shared/rollout/served-rollout.ts';
import { countsOf, recordOf } from '../rollout/rollout-at-hand.ts';

interface Situation {
  readonly record?: Partial<RolloutRecord>;
  readonly counts?: Parameters<typeof countsOf>[0];
  readonly targeted?: number;
  readonly stuck?: number;
  readonly now: Date;
}

/** A rollout as the API serves it: what the page shows is checked against the app's own decisions. */
export function servedIn({
  record = {},
  counts = {},
  targeted = 20,
  stuck = 0,
  now,
}: Situation): RolloutDetail {
  const observation = { targeted, applied: targeted, stuck, observedAt: now.toISOString() };
  const served = servedRolloutDetail(
    recordOf({ observation, ...record }),
    { release: undefined, counts: countsOf(counts), recount: undefined },
    now,
  );
  return rolloutDetail.parse(JSON.parse(JSON.stringify(served)));
}
