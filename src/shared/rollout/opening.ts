import { BUCKETS, bucketsOf } from './bucket.ts';
import { isWindowOpen } from './rollout-window.ts';
import type { Plan, Stage } from './plan.ts';
import { nothingCounted, type RolloutPosition } from './rollout.ts';

/** Whether the condition of a stage asks for the bucket tags: a share that is not everybody. */
export function needsBuckets(stage: Stage): boolean {
  return stage.kind === 'percent' && bucketsOf(stage.percent) < BUCKETS;
}

/** The width with which a stage's window of buckets begins; a `where` stage keeps that of the stage before. */
export function firstWidth(stage: Stage, before: number): number {
  return stage.kind === 'percent' ? Math.max(before, bucketsOf(stage.percent)) : before;
}

/**
 * Where a rollout starts. A first stage that needs no bucket tags, no approval and no counting opens at
 * once, so that everybody-at-once is as quick as a configuration made by hand; any other is opened by
 * the timer.
 */
export function startPosition(plan: Plan, priority: number, now: Date): RolloutPosition {
  const [first] = plan.stages;
  const inWindow = plan.window === undefined || isWindowOpen(plan.window, now);
  const opens = !needsBuckets(first) && !first.approval && inWindow;
  return {
    state: 'starting',
    stage: opens ? 0 : -1,
    buckets: opens ? firstWidth(first, 0) : 0,
    stageOpenedAt: opens ? now.toISOString() : '',
    baseline: nothingCounted,
    approvedStage: -1,
    overruledStage: -1,
    priority,
    reason: '',
    revision: 0,
  };
}
