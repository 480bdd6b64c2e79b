import { parsePlan, type Plan } from '../../../src/shared/rollout/plan.ts';
import { nothingCounted, type RolloutRecord } from '../../../src/shared/rollout/rollout.ts';
import { countsBy } from '../../../src/shared/status/counts.ts';
import type { RolloutCounts } from '../../../src/shared/status/ledger-reads.ts';

export const STARTED = '2026-03-02T10:00:00.000Z';

/** `minutes` after the rollout has started. */
export const after = (minutes: number) => new Date(Date.parse(STARTED) + minutes * 60_000);

export function planOf(document: object): Plan {
  const parsed = parsePlan(JSON.stringify(document));
  if (!parsed.ok) throw new Error(`${parsed.path}: ${parsed.message}`);
  return parsed.plan;
}

/** A stored rollout that offers an image to everybody, but for what is given. */
export function recordOf(given: Partial<RolloutRecord> = {}): RolloutRecord {
  const { version = '1.0.1' } = given;
  return {
    id: `fw-iotdevkit-${version.replaceAll('.', '-')}`,
    deviceType: 'IoTDevKit',
    version,
    createdAt: STARTED,
    shards: 4,
    planName: 'all-at-once',
    plan: planOf({}),
    labels: {},
    windowStart: 0,
    state: 'running',
    stage: 0,
    buckets: 0,
    stageOpenedAt: STARTED,
    baseline: nothingCounted,
    approvedStage: -1,
    overruledStage: -1,
    priority: 10,
    reason: '',
    revision: 0,
    appliedRevision: 0,
    observation: undefined,
    etag: '"1"',
    ...given,
  };
}

/** Counts of the ledger; states that are not given have nobody. */
export function countsOf(given: Partial<RolloutCounts['byState']>, retrying = 0): RolloutCounts {
  const byState = { ...countsBy(() => 0), ...given };
  return { byState, retrying, seen: Object.values(byState).reduce((sum, count) => sum + count, 0) };
}
