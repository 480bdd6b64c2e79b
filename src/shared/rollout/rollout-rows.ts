import type { TableEntityResult } from '@azure/data-tables';
import { newestFirst, prefixFilter } from '../azure/table-keys.ts';
import type { AuditEntry, JournalAction, JournalEntry } from './journal.ts';
import type { RolloutState } from './lifecycle.ts';
import type { Plan } from './plan.ts';
import {
  type Baseline,
  type NewRollout,
  nothingCounted,
  type RolloutObservation,
  type RolloutPosition,
  type RolloutRecord,
} from './rollout.ts';

/**
 * All rollouts and their journals share one partition, so that a transition and its entry are one
 * transaction: rollouts are few (a hub holds at most 100 configurations) and change seldom.
 */
export const ROLLOUTS = 'rollout';

export const rolloutKey = (id: string) => `r|${id}`;
export const journalKey = (id: string, revision: number) => `j|${id}|${String(revision).padStart(8, '0')}`;

/** An entry that is still to be announced: a copy of the journal's, gone once it is. */
export const announcementKey = (id: string, revision: number) =>
  `o|${id}|${String(revision).padStart(8, '0')}`;

/** What a person did, of all rollouts, newest first: a second row of the journal's entry. */
export function auditKey(id: string, { at, revision }: Pick<JournalEntry, 'at' | 'revision'>): string {
  return `a|${newestFirst(at)}|${id}|${String(revision).padStart(8, '0')}`;
}

/** What an audit key looks like, for cursors that hold one. */
export const auditKeyPattern = /^a\|\d{14}\|[a-z0-9_-]{1,128}\|\d{8}$/;

/** Rows whose key begins with `prefix`, which ends with `|`. */
export function rangeFilter(prefix: string): string {
  return prefixFilter(ROLLOUTS, prefix);
}

export interface RolloutRow {
  deviceType: string;
  version: string;
  createdAt: string;
  shards: number;
  planName: string;
  plan: string;
  labels: string;
  windowStart: number;
  state: string;
  stage: number;
  buckets: number;
  stageOpenedAt: string;
  baseline: string;
  approvedStage: number;
  overruledStage: number;
  priority: number;
  reason: string;
  revision: number;
  appliedRevision: number;
  targeted?: number;
  applied?: number;
  stuck?: number;
  observedAt?: string;
}

export interface JournalRow {
  at: string;
  action: string;
  actor: string;
  reason: string;
  state: string;
  stage: number;
  inputs: string;
}

export function newRow(rollout: NewRollout, position: RolloutPosition): RolloutRow {
  const { id: _key, plan, labels, ...columns } = rollout;
  return {
    ...columns,
    plan: JSON.stringify(plan),
    labels: JSON.stringify(labels),
    ...positionRow(position),
    appliedRevision: -1,
  };
}

export function positionRow({ baseline, ...columns }: RolloutPosition) {
  return { ...columns, baseline: JSON.stringify(baseline) };
}

export function fromRolloutRow(row: TableEntityResult<RolloutRow>): RolloutRecord {
  return {
    id: (row.rowKey ?? '').slice('r|'.length),
    deviceType: row.deviceType,
    version: row.version,
    createdAt: row.createdAt,
    shards: row.shards,
    planName: row.planName,
    plan: JSON.parse(row.plan) as Plan,
    labels: JSON.parse(row.labels) as Record<string, string>,
    windowStart: row.windowStart,
    state: row.state as RolloutState,
    stage: row.stage,
    buckets: row.buckets,
    stageOpenedAt: row.stageOpenedAt,
    baseline: { ...nothingCounted, ...(JSON.parse(row.baseline) as Partial<Baseline>) },
    approvedStage: row.approvedStage,
    overruledStage: row.overruledStage,
    priority: row.priority,
    reason: row.reason,
    revision: row.revision,
    appliedRevision: row.appliedRevision,
    observation: observationOf(row),
    etag: row.etag,
  };
}

function observationOf({ targeted, applied, stuck, observedAt }: RolloutRow): RolloutObservation | undefined {
  if (observedAt === undefined) return undefined;
  return { targeted: targeted ?? 0, applied: applied ?? 0, stuck: stuck ?? 0, observedAt };
}

export function journalRow({ revision: _key, inputs, ...columns }: JournalEntry): JournalRow {
  return { ...columns, inputs: JSON.stringify(inputs) };
}

export function fromJournalRow(row: TableEntityResult<JournalRow>): JournalEntry {
  const { at, action, actor, reason, state, stage, inputs } = row;
  return {
    revision: Number((row.rowKey ?? '').split('|').at(-1)),
    at,
    action: action as JournalAction,
    actor,
    reason,
    state,
    stage,
    inputs: JSON.parse(inputs) as JournalEntry['inputs'],
  };
}

export function fromAnnouncementRow(row: TableEntityResult<JournalRow>): AuditEntry {
  return { rollout: (row.rowKey ?? '').split('|')[1] ?? '', ...fromJournalRow(row) };
}

export function fromAuditRow(row: TableEntityResult<JournalRow>): AuditEntry {
  return { rollout: (row.rowKey ?? '').split('|')[2] ?? '', ...fromJournalRow(row) };
}
