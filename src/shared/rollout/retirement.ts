import type { HubConfigurations } from './hub-configurations.ts';
import { SERVICE } from './journal.ts';
import type { RolloutRecord } from './rollout.ts';
import { stepFrom } from './rollout-steps.ts';
import type { RolloutStore } from './rollout-store.ts';

export interface RetirementParts {
  readonly rollouts: Pick<RolloutStore, 'transition' | 'markApplied'>;
  readonly configurations: Pick<HubConfigurations, 'remove'>;
}

/**
 * Rollouts that a completed one of the same device type and target leaves behind, beyond the number that its
 * plan keeps on the hub: completed and stopped ones that are older. What is not proven by a completion
 * takes nobody's place. Pure; `rollouts` are the newest first.
 */
export function superseded(rollouts: readonly RolloutRecord[]): readonly RolloutRecord[] {
  const ended = rollouts.filter(({ state }) => state === 'completed' || state === 'stopped');
  const groupOf = ({ deviceType, plan }: RolloutRecord) =>
    `${deviceType.toLowerCase()} ${plan.targetCondition}`;
  return [...new Set(ended.map(groupOf))].flatMap((group) => {
    const ofGroup = ended.filter((rollout) => groupOf(rollout) === group);
    const newest = ofGroup.findIndex(({ state }) => state === 'completed');
    const keep = ofGroup[newest]?.plan.keepSuperseded ?? 0;
    return newest < 0 ? [] : ofGroup.slice(newest + 1 + keep);
  });
}

/**
 * Removes a rollout's configuration from the hub; its records stay, and devices keep their firmware. Repeating it finishes what a crash left open.
 */
export async function retire(
  parts: RetirementParts,
  rollout: RolloutRecord,
  cause: { readonly actor: string; readonly reason: string },
  now: Date,
): Promise<RolloutRecord | 'overtaken'> {
  await parts.configurations.remove(rollout.id);
  const step = stepFrom(rollout, { state: 'retired' }, { action: 'retired', ...cause }, now);
  const moved = await parts.rollouts.transition(rollout, step.position, step.entry);
  if (moved !== 'overtaken') await parts.rollouts.markApplied(rollout.id, moved.revision);
  return moved;
}

/** Retires what is superseded; answers their ids. */
export async function retireSuperseded(
  parts: RetirementParts,
  rollouts: readonly RolloutRecord[],
  now: Date,
): Promise<readonly string[]> {
  const retired: string[] = [];
  for (const rollout of superseded(rollouts)) {
    const reason = 'newer rollouts of its device type have taken its place';
    if ((await retire(parts, rollout, { actor: SERVICE, reason }, now)) !== 'overtaken')
      retired.push(rollout.id);
  }
  return retired;
}
