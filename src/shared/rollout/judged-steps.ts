import { HubError } from '../azure/hub-error.ts';
import type { RolloutCounts } from '../status/ledger-reads.ts';
import type { BucketTags } from './bucket-tags.ts';
import { baselineOf } from './evidence.ts';
import type { FleetQueries } from './fleet-queries.ts';
import type { Evidence } from './gate.ts';
import type { HubConfigurations } from './hub-configurations.ts';
import { reconcile } from './hub-reconciliation.ts';
import { pauseRejected } from './hub-rejection.ts';
import { type JournalAction, type JournalEntry, SERVICE } from './journal.ts';
import type { Decision } from './lifecycle.ts';
import { needsBuckets } from './opening.ts';
import type { RolloutRecord } from './rollout.ts';
import { type Step, stepFrom } from './rollout-steps.ts';
import type { RolloutStore } from './rollout-store.ts';
import { stageWidth } from './stage-width.ts';

export interface StepParts {
  readonly rollouts: RolloutStore;
  readonly configurations: HubConfigurations;
  readonly fleet: FleetQueries;
  readonly tags: BucketTags;
}

/** What one run did with one rollout. */
export interface Judgement {
  readonly rollout: string;
  readonly decision: Decision['kind'] | 'overtaken' | 'await-tags';
  readonly stage: number;
  /** What was done and why, as the journal has it; absent where nothing was. */
  readonly action?: JournalAction;
  readonly reason?: string;
}

/** Opens a stage, once the tags are there that it needs and the devices are counted that it selects. */
export async function openStage(
  parts: StepParts,
  rollout: RolloutRecord,
  decision: Extract<Decision, { kind: 'open-stage' }>,
  evidence: Evidence,
  counts: RolloutCounts,
  now: Date,
): Promise<Judgement> {
  const stage = rollout.plan.stages[decision.stage];
  if (stage && needsBuckets(stage) && !(await parts.tags.isComplete())) {
    await parts.tags.want();
    return { rollout: rollout.id, decision: 'await-tags', stage: rollout.stage };
  }
  const chosen = await stageWidth(parts.fleet, rollout, decision.stage);
  const change = {
    stage: chosen.stage,
    buckets: chosen.buckets,
    stageOpenedAt: now.toISOString(),
    baseline: baselineOf(counts, chosen.targeted, evidence.targetedInAll),
  };
  const reason = `"${rollout.plan.stages[chosen.stage]?.name ?? ''}" offers the image to ${chosen.targeted} devices`;
  const inputs = { ...evidenceInputs(evidence), selected: chosen.targeted, buckets: chosen.buckets };
  const step = stepFrom(rollout, change, { action: 'stage-opened', actor: SERVICE, reason, inputs }, now);
  try {
    return await take(parts, rollout, step, decision.kind);
  } catch (error) {
    if (!isRejection(error)) throw error;
    const { stage: from, buckets, stageOpenedAt, baseline } = rollout;
    const opened = {
      revision: step.position.revision,
      before: { stage: from, buckets, stageOpenedAt, baseline },
    };
    return rejectedBy(rollout, await pauseRejected(parts, rollout.id, error, now, opened));
  }
}

const endings = {
  pause: { state: 'paused', action: 'gate-failed' },
  stop: { state: 'stopped', action: 'gate-failed' },
  complete: { state: 'completed', action: 'completed' },
} as const satisfies Record<string, { state: RolloutRecord['state']; action: JournalAction }>;

/** The step that ends a rollout, or pauses it, by what its gate or its devices say. */
export function ended(
  rollout: RolloutRecord,
  decision: Extract<Decision, { kind: 'pause' | 'stop' | 'complete' }>,
  evidence: Evidence,
  now: Date,
  more: JournalEntry['inputs'] = {},
): Step {
  const { state, action } = endings[decision.kind];
  const reason = decision.reasons.map(({ text }) => text).join('; ');
  return stepFrom(
    rollout,
    { state },
    { action, actor: SERVICE, reason, inputs: { ...evidenceInputs(evidence), ...more } },
    now,
  );
}

/** Somebody has removed the configuration on the hub: nobody is offered the image any more. */
export function withdrawn(rollout: RolloutRecord, now: Date): Step {
  const reason = 'the configuration was removed on the hub, by another hand than this service';
  return stepFrom(rollout, { state: 'stopped' }, { action: 'stopped', actor: SERVICE, reason }, now);
}

/** Writes the step down, then tells the hub. A crash in between leaves the telling to the next run. */
export async function take(
  parts: StepParts,
  rollout: RolloutRecord,
  step: Step,
  decision: Decision['kind'],
): Promise<Judgement> {
  const moved = await parts.rollouts.transition(rollout, step.position, step.entry);
  if (moved === 'overtaken') return { rollout: rollout.id, decision: 'overtaken', stage: rollout.stage };
  await reconcile(parts, rollout.id);
  const { action, reason } = step.entry;
  return { rollout: rollout.id, decision, stage: moved.stage, action, reason };
}

/** The hub will never take what it was asked for. */
export function isRejection(error: unknown): error is HubError {
  return error instanceof HubError && error.kind === 'rejected';
}

/** What a run did with a rollout that the hub has rejected. */
export function rejectedBy(
  { id, stage }: RolloutRecord,
  step: Awaited<ReturnType<typeof pauseRejected>>,
): Judgement {
  if (step === undefined) return { rollout: id, decision: 'nothing', stage };
  if (step === 'overtaken') return { rollout: id, decision: 'overtaken', stage };
  const { action, reason } = step.entry;
  return { rollout: id, decision: 'pause', stage: step.position.stage, action, reason };
}

function evidenceInputs(evidence: Evidence): Record<string, number> {
  return { ...evidence };
}
