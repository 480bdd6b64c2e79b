import { bothConditions } from './condition-text.ts';
import { BUCKETS, bucketsOf } from './bucket.ts';
import type { Plan, Stage } from './plan.ts';

/**
 * The target condition of a stopped rollout: it selects no device, so IoT Hub takes the section away again
 * from those that have not begun. An empty condition is the documented way to say so: "Configurations with
 * no target condition will target no device" (`az iot hub configuration create --target-condition`).
 */
export const NOBODY = '';

/**
 * The target condition that the hub's configuration has while `stage` is the newest open stage: everything
 * that the stages up to it select, within the plan's own condition. -1 is before the first stage.
 * @param buckets width of the bucket window, `bucketsOf(percent)` of the newest open percent stage or what it
 *   was widened to; a `where` stage keeps the width of the stage before it
 * @param start first bucket of the window, see `windowStart`
 */
export function stageCondition(
  plan: Pick<Plan, 'targetCondition' | 'stages'>,
  stage: number,
  buckets: number,
  start: number,
): string {
  const open = plan.stages.slice(0, stage + 1);
  if (open.length === 0) return NOBODY;
  const width = openWidth(open, buckets);
  // The base condition alone: a device that has no bucket yet must not be left out at the end.
  if (width >= BUCKETS) return plan.targetCondition;
  const parts = open.flatMap((each) => (each.kind === 'where' ? [`(${each.where})`] : []));
  if (width > 0) parts.push(windowCondition(width, start));
  return bothConditions(plan.targetCondition, parts.join(' OR '));
}

/**
 * The stage at which a rollout truly stands: a window that had to grow to the whole fleet leaves nothing
 * for the stages behind it, so the last one is reached, and its gate is the one to judge by.
 */
export function stageReached(plan: Pick<Plan, 'stages'>, stage: number, buckets: number): number {
  const everybody = openWidth(plan.stages.slice(0, stage + 1), buckets) >= BUCKETS;
  return everybody ? plan.stages.length - 1 : stage;
}

/**
 * The next larger window, while a stage adds fewer devices than its `minDevices`. Doubling is at most 14 steps
 * from one bucket to all, and exceeds what was asked for about twofold.
 */
export function widen(current: number): number {
  return Math.min(BUCKETS, Math.max(1, current * 2));
}

/**
 * How far the window of a stage may grow: to everybody, but short of a later share that a person has to
 * approve first.
 */
export function widestWindow(plan: Pick<Plan, 'stages'>, stage: number): number {
  const guarded = plan.stages
    .slice(stage + 1)
    .flatMap((each) => (each.kind === 'percent' && each.approval ? [bucketsOf(each.percent) - 1] : []));
  return Math.min(BUCKETS, ...guarded);
}

/** Buckets that the open stages hold: what was chosen, never less than their percentage; 0 without a percent stage. */
function openWidth(open: readonly Stage[], buckets: number): number {
  const shares = open.flatMap((stage) => (stage.kind === 'percent' ? [bucketsOf(stage.percent)] : []));
  return shares.length === 0 ? 0 : Math.max(buckets, ...shares);
}

function windowCondition(buckets: number, start: number): string {
  const end = start + buckets;
  return end <= BUCKETS
    ? `(tags.ota.bucket >= ${start} AND tags.ota.bucket < ${end})`
    : `(tags.ota.bucket >= ${start} OR tags.ota.bucket < ${end - BUCKETS})`;
}
