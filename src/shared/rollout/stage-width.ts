import type { FleetQueries } from './fleet-queries.ts';
import { BUCKETS } from './bucket.ts';
import { firstWidth, needsBuckets } from './opening.ts';
import type { Plan } from './plan.ts';
import type { RolloutRecord } from './rollout.ts';
import { stageCondition, stageReached, widen, widestWindow } from './stage-condition.ts';

export interface ChosenWidth {
  /** The stage that the rollout then stands at: the last one where the window had to take everybody. */
  readonly stage: number;
  readonly buckets: number;
  /** Devices that the condition selects now. */
  readonly targeted: number;
}

/** The tags of a large part of the fleet do not show in the hub's queries yet. Passing. */
export class TagsNotVisibleError extends Error {
  readonly code = 'bucket-tags-not-visible';
  constructor(seen: number, expected: number) {
    super(`The hub's queries show ${seen} devices in a window of buckets that should hold about ${expected}`);
    this.name = 'TagsNotVisibleError';
  }
}

/**
 * How wide the window of a stage is: its share, widened until it adds as many devices as the plan asks
 * for, so that a fleet of twenty is staged as sensibly as one of a million, but never over a stage that a
 * person has to approve. Counts with a few twin queries, of which the hub allows 20 a minute and unit: buckets
 * are even, so it begins with the width that is likely to be the one. Throws HubError and
 * TagsNotVisibleError: a count that cannot be right must not open a stage.
 */
export async function stageWidth(
  fleet: Pick<FleetQueries, 'count'>,
  rollout: Pick<RolloutRecord, 'plan' | 'stage' | 'buckets' | 'windowStart'>,
  next: number,
): Promise<ChosenWidth> {
  const { plan, windowStart, stage, buckets: before } = rollout;
  const opening = plan.stages[next] ?? plan.stages[0];
  const count = async (index: number, width: number) =>
    fleet.count(stageCondition(plan, index, width, windowStart));
  const widest = widestWindow(plan, next);
  const share = Math.min(widest, firstWidth(opening, before));
  if (!needsBuckets(opening)) return chosen(plan, next, share, await count(next, share));
  const everybody = await fleet.count(plan.targetCondition);
  const offered = stage < 0 ? 0 : await count(stage, before);
  const isEnough = (targeted: number) => targeted - offered >= opening.minDevices || targeted >= everybody;
  const widths = doublings(share, widest);
  const likely = likelyWidth(widths, Math.max(0, before), everybody, opening.minDevices);
  const { buckets, targeted } = await narrowest(widths, likely, isEnough, async (width) =>
    visible(await count(next, width), (everybody * width) / BUCKETS),
  );
  return chosen(plan, next, buckets, targeted);
}

function chosen(plan: Plan, next: number, buckets: number, targeted: number): ChosenWidth {
  return { stage: stageReached(plan, next, buckets), buckets, targeted };
}

/** The share, doubled again and again: at most 15 widths from one bucket to all. */
function doublings(share: number, widest: number): number[] {
  const widths = [share];
  for (let width = share; width < widest; widths.push(width)) width = Math.min(widest, widen(width));
  return widths;
}

/** Index of the first width that adds enough devices, if they are spread as evenly as the hash promises. */
function likelyWidth(widths: readonly number[], before: number, everybody: number, wanted: number): number {
  if (everybody === 0) return 0;
  const found = widths.findIndex((width) => ((width - before) * everybody) / BUCKETS >= wanted);
  return found < 0 ? widths.length - 1 : found;
}

/** The narrowest width that is enough, else the widest: looked for around the likely one, count by count. */
async function narrowest(
  widths: readonly number[],
  likely: number,
  isEnough: (targeted: number) => boolean,
  count: (width: number) => Promise<number>,
): Promise<{ readonly buckets: number; readonly targeted: number }> {
  const counted = async (index: number) => {
    const buckets = widths[index] ?? BUCKETS;
    return { buckets, targeted: await count(buckets) };
  };
  let best = await counted(likely);
  if (!isEnough(best.targeted)) {
    for (let i = likely + 1; i < widths.length && !isEnough(best.targeted); i++) best = await counted(i);
    return best;
  }
  for (let i = likely - 1; i >= 0; i--) {
    const narrower = await counted(i);
    if (!isEnough(narrower.targeted)) break;
    best = narrower;
  }
  return best;
}

/** The count, if it can be right. Buckets are even: a window that holds far fewer devices than its share has not been indexed yet. */
function visible(seen: number, expected: number): number {
  if (seen * 4 < expected - 20) throw new TagsNotVisibleError(seen, Math.round(expected));
  return seen;
}
