import { HubError } from '../azure/hub-error.ts';
import type { LedgerReads, RolloutCounts } from '../status/ledger-reads.ts';
import type { BucketTags } from './bucket-tags.ts';
import { baselineOf, evidenceOf } from './evidence.ts';
import type { FleetQueries } from './fleet-queries.ts';
import type { Evidence } from './gate.ts';
import { type HubConfigurations, type ListedConfiguration, listedOf } from './hub-configurations.ts';
import { reconcile } from './hub-reconciliation.ts';
import { pauseRejected } from './hub-rejection.ts';
import { type JournalAction, SERVICE } from './journal.ts';
import { decide, type Decision } from './lifecycle.ts';
import { needsBuckets } from './opening.ts';
import { hubTarget } from './hub-target.ts';
import type { RolloutRecord } from './rollout.ts';
import { type Step, stepFrom } from './rollout-steps.ts';
import type { RolloutStore } from './rollout-store.ts';
import { stageWidth } from './stage-width.ts';

export interface JudgeParts {
  readonly rollouts: RolloutStore;
  readonly configurations: HubConfigurations;
  readonly fleet: FleetQueries;
  readonly tags: BucketTags;
  readonly ledger: () => Promise<Pick<LedgerReads, 'countsOf' | 'countStuck'>>;
  /** Told of each rollout before it is judged. */
  readonly observed?: (observed: Observed) => void;
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

/** Where the devices of a rollout are. */
export interface Observed {
  readonly rollout: RolloutRecord;
  /** It is running or paused. */
  readonly isOpen: boolean;
  readonly counts: RolloutCounts;
  readonly stuck: number;
}

/**
 * One run over every rollout: brings what the hub said and the ledger counted to each, tells the hub what
 * an earlier run decided but did not get to, and takes the next step. Two runs at once are harmless: a
 * step is a guarded transition, and only one of them makes it.
 */
export async function judgeRollouts(
  parts: JudgeParts,
  now: Date,
): Promise<{ judgements: readonly Judgement[]; failures: readonly { rollout: string; error: unknown }[] }> {
  const live = (await parts.rollouts.list()).filter(
    ({ state }) => state !== 'starting' && state !== 'retired',
  );
  const judgements: Judgement[] = [];
  const failures: { rollout: string; error: unknown }[] = [];
  if (live.length === 0) return { judgements, failures };
  const listed = await parts.configurations.listed();
  for (const rollout of live) {
    try {
      judgements.push(await judgeOrPause(parts, rollout, listed.get(rollout.id), now));
    } catch (error) {
      failures.push({ rollout: rollout.id, error });
    }
  }
  return { judgements, failures };
}

async function judgeOrPause(
  parts: JudgeParts,
  stored: RolloutRecord,
  seen: ListedConfiguration | undefined,
  now: Date,
): Promise<Judgement> {
  try {
    return await judge(parts, stored, seen, now);
  } catch (error) {
    if (!isRejection(error)) throw error;
    return rejectedBy(stored, await pauseRejected(parts, stored.id, error, now));
  }
}

function isRejection(error: unknown): error is HubError {
  return error instanceof HubError && error.kind === 'rejected';
}

function rejectedBy(
  { id, stage }: RolloutRecord,
  step: Awaited<ReturnType<typeof pauseRejected>>,
): Judgement {
  if (step === undefined) return { rollout: id, decision: 'nothing', stage };
  if (step === 'overtaken') return { rollout: id, decision: 'overtaken', stage };
  const { action, reason } = step.entry;
  return { rollout: id, decision: 'pause', stage: step.position.stage, action, reason };
}

async function judge(
  parts: JudgeParts,
  stored: RolloutRecord,
  seen: ListedConfiguration | undefined,
  now: Date,
): Promise<Judgement> {
  const onHub = seen ?? (await onHubNow(parts, stored.id));
  const isOpen = stored.state === 'running' || stored.state === 'paused';
  if (isOpen && !onHub) return take(parts, stored, withdrawn(stored, now), 'stop');
  const untold = await tell(parts, stored, onHub);
  const current = untold.told ? ((await parts.rollouts.get(stored.id)) ?? stored) : stored;
  const judgement = await judgeTold(parts, current, onHub, untold.error, now);
  const isIdle = judgement.decision === 'nothing' || judgement.decision === 'await-approval';
  if (untold.error !== undefined && isIdle) throw untold.error;
  return judgement;
}

async function onHubNow(parts: JudgeParts, id: string): Promise<ListedConfiguration | undefined> {
  const configuration = await parts.configurations.get(id);
  return configuration && listedOf(configuration);
}

/**
 * Tells the hub what an earlier run decided but did not get to, and what another hand has changed there: the
 * rollout's row says whom a configuration selects. A hub that does not listen must not prevent a stop, so its
 * error is kept for the end.
 */
async function tell(
  parts: JudgeParts,
  rollout: RolloutRecord,
  onHub: ListedConfiguration | undefined,
): Promise<{ readonly told: boolean; readonly error?: unknown }> {
  const wanted = hubTarget(rollout);
  const differs =
    onHub !== undefined &&
    (onHub.targetCondition !== wanted.targetCondition || onHub.priority !== wanted.priority);
  if (!differs && rollout.appliedRevision >= rollout.revision) return { told: false };
  try {
    await reconcile(parts, rollout.id);
    return { told: true };
  } catch (error) {
    return { told: false, error };
  }
}

async function judgeTold(
  parts: JudgeParts,
  stored: RolloutRecord,
  onHub: ListedConfiguration | undefined,
  untold: unknown,
  now: Date,
): Promise<Judgement> {
  const reads = await parts.ledger();
  const [counts, stuck] = await Promise.all([
    reads.countsOf(stored),
    reads.countStuck(stored, stored.plan.limits, now),
  ]);
  const rollout = await observed(parts, stored, onHub, stuck, now);
  const isOpen = rollout.state === 'running' || rollout.state === 'paused';
  parts.observed?.({ rollout, isOpen, counts, stuck });
  const evidence = evidenceOf(rollout, counts, stuck);
  const decision = decide(rollout, evidence, now);
  switch (decision.kind) {
    case 'nothing':
    case 'await-approval':
      return { rollout: rollout.id, decision: decision.kind, stage: rollout.stage };
    case 'open-stage':
      // Nothing is added to a condition that the hub has not even been told of.
      if (untold !== undefined) return { rollout: rollout.id, decision: 'nothing', stage: rollout.stage };
      return openStage(parts, rollout, decision, evidence, counts, now);
    case 'pause':
    case 'stop':
      return take(parts, rollout, ended(rollout, decision, evidence, now), decision.kind);
    case 'complete':
      return take(parts, rollout, ended(rollout, decision, evidence, now), decision.kind);
  }
}

async function openStage(
  parts: JudgeParts,
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

function ended(
  rollout: RolloutRecord,
  decision: Extract<Decision, { kind: 'pause' | 'stop' | 'complete' }>,
  evidence: Evidence,
  now: Date,
): Step {
  const { state, action } = endings[decision.kind];
  const reason = decision.reasons.map(({ text }) => text).join('; ');
  return stepFrom(
    rollout,
    { state },
    { action, actor: SERVICE, reason, inputs: evidenceInputs(evidence) },
    now,
  );
}

/** Somebody has removed the configuration on the hub: nobody is offered the image any more. */
function withdrawn(rollout: RolloutRecord, now: Date): Step {
  const reason = 'the configuration was removed on the hub, by another hand than this service';
  return stepFrom(rollout, { state: 'stopped' }, { action: 'stopped', actor: SERVICE, reason }, now);
}

/** Writes the step down, then tells the hub. A crash in between leaves the telling to the next run. */
async function take(
  parts: JudgeParts,
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

/** Keeps what was seen, so that reads never ask the hub; what the hub has not computed yet stays as it was. */
async function observed(
  parts: Pick<JudgeParts, 'rollouts'>,
  rollout: RolloutRecord,
  onHub: ListedConfiguration | undefined,
  stuck: number,
  now: Date,
): Promise<RolloutRecord> {
  const before = rollout.observation;
  const targeted = onHub ? (onHub.targeted ?? before?.targeted ?? 0) : 0;
  const applied = onHub ? (onHub.applied ?? before?.applied ?? 0) : 0;
  const same = before?.targeted === targeted && before.applied === applied && before.stuck === stuck;
  if (same && rollout.state !== 'running') return rollout;
  const observation = { targeted, applied, stuck, observedAt: now.toISOString() };
  const etag = await parts.rollouts.observe(rollout.id, observation, rollout.etag);
  return etag === 'overtaken' ? rollout : { ...rollout, observation, etag };
}

function evidenceInputs(evidence: Evidence): Record<string, number> {
  return { ...evidence };
}
