import { HubError } from '../azure/hub-error.ts';
import { conditionFault } from './condition-text.ts';
import { lengthFault } from './configuration-limits.ts';
import type { FleetQueries } from './fleet-queries.ts';
import type { Plan } from './plan.ts';
import type { RolloutPosition, RolloutRecord } from './rollout.ts';
import { stageCondition } from './stage-condition.ts';

/** What of a rollout's aim is to be changed; what is absent stays. */
export interface Retargeting {
  readonly priority?: number | undefined;
  readonly targetCondition?: string | undefined;
}

/** The rollout after it: where it stands, what its plan says, and what the journal is told. */
export interface Retargeted {
  readonly position: Partial<RolloutPosition>;
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, string | number>>;
}

interface Invalid {
  readonly kind: 'invalid';
  readonly member: string;
  readonly message: string;
}

/**
 * What a rollout becomes when it is aimed anew. The hub counts the devices of another condition first, so
 * that a condition which it does not take is refused and never stands in a rollout that the timer then
 * could not tell the hub of. Those devices are offered the image now, so the open stage's time begins
 * again: until the hub has evaluated the condition, its own numbers are of the old one.
 * Throws HubError where the hub does not answer.
 */
export async function retargeted(
  fleet: Pick<FleetQueries, 'count'>,
  rollout: RolloutRecord,
  { priority = rollout.priority, targetCondition }: Retargeting,
  now: Date,
): Promise<Retargeted | Invalid> {
  const { stage, buckets, windowStart, baseline } = rollout;
  if (targetCondition === undefined) {
    return { position: { priority }, plan: rollout.plan, inputs: { priority } };
  }
  const plan = { ...rollout.plan, targetCondition };
  const fault = textFault(plan);
  if (fault !== undefined) return invalid(fault);
  const condition = stage < 0 ? targetCondition : stageCondition(plan, stage, buckets, windowStart);
  const targeted = await countedBy(fleet, condition);
  if (typeof targeted !== 'number') return targeted;
  // Which of them the stages before would have selected is not known: all count as the open stage's.
  const counted = { ...baseline, targeted, before: 0, ended: 0 };
  const reopened = { stageOpenedAt: now.toISOString(), baseline: counted };
  return {
    position: { priority, ...(stage >= 0 && reopened) },
    plan,
    inputs: { priority, targetCondition, selected: targeted },
  };
}

function textFault(plan: Plan): string | undefined {
  const fault = conditionFault(plan.targetCondition);
  return fault === undefined ? lengthFault(plan) : `the condition ${fault}`;
}

async function countedBy(fleet: Pick<FleetQueries, 'count'>, condition: string): Promise<number | Invalid> {
  try {
    return await fleet.count(condition);
  } catch (error) {
    if (!(error instanceof HubError) || error.kind !== 'rejected') throw error;
    return invalid(`IoT Hub does not take it: ${error.message}`);
  }
}

function invalid(message: string): Invalid {
  return { kind: 'invalid', member: 'targetCondition', message };
}
