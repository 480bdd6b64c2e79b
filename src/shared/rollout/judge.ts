import type { LedgerReads, RolloutCounts } from '../status/ledger-reads.ts';
import { evidenceOf } from './evidence.ts';
import { type ListedConfiguration, listedOf } from './hub-configurations.ts';
import { reconcile } from './hub-reconciliation.ts';
import { pauseRejected } from './hub-rejection.ts';
import { hubTarget } from './hub-target.ts';
import {
  ended,
  isRejection,
  type Judgement,
  openStage,
  rejectedBy,
  type StepParts,
  take,
  withdrawn,
} from './judged-steps.ts';
import { leftOverInputs, leftOverOf } from './left-over.ts';
import { decide } from './lifecycle.ts';
import type { RolloutRecord } from './rollout.ts';

export interface JudgeParts extends StepParts {
  readonly ledger: () => Promise<Pick<LedgerReads, 'countsOf' | 'countStuck' | 'failuresOf'>>;
  /** Told of each rollout before it is judged. */
  readonly observed?: (observed: Observed) => void;
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
    case 'complete': {
      const leftOver = leftOverOf(counts, stuck, evidence.targetedInAll);
      const inputs = leftOverInputs(leftOver, await reads.failuresOf(rollout));
      return take(parts, rollout, ended(rollout, decision, evidence, now, inputs), decision.kind);
    }
  }
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
