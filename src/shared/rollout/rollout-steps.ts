import type { JournalAction, JournalEntry } from './journal.ts';
import type { RolloutPosition, RolloutRecord } from './rollout.ts';

/** A transition before it is written: where the rollout will be, and what the journal will say. */
export interface Step {
  readonly position: RolloutPosition;
  readonly entry: JournalEntry;
}

export interface StepCause {
  readonly action: JournalAction;
  readonly actor: string;
  readonly reason: string;
  readonly inputs?: JournalEntry['inputs'];
}

/** One transition from where the rollout is: the change, numbered and explained. Pure. */
export function stepFrom(
  rollout: RolloutRecord,
  change: Partial<Omit<RolloutPosition, 'revision' | 'reason'>>,
  cause: StepCause,
  now: Date,
): Step {
  const position: RolloutPosition = {
    state: rollout.state,
    stage: rollout.stage,
    buckets: rollout.buckets,
    stageOpenedAt: rollout.stageOpenedAt,
    baseline: rollout.baseline,
    approvedStage: rollout.approvedStage,
    overruledStage: rollout.overruledStage,
    priority: rollout.priority,
    ...change,
    reason: cause.reason,
    revision: rollout.revision + 1,
  };
  const entry: JournalEntry = {
    revision: position.revision,
    at: now.toISOString(),
    action: cause.action,
    actor: cause.actor,
    reason: cause.reason,
    state: position.state,
    stage: position.stage,
    inputs: cause.inputs ?? {},
  };
  return { position, entry };
}
