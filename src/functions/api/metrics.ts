import type { UploadStore } from '../../shared/firmware/upload-store.ts';
import { OPEN_METRICS_MEDIA_TYPE, openMetricsText } from '../../shared/http/open-metrics.ts';
import { content, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { DeadLetterStore } from '../../shared/status/dead-letter-store.ts';
import { inParallel } from '../../shared/status/in-parallel.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { rolloutMetrics } from './rollout-metrics.ts';

export interface MetricsParts {
  readonly rollouts: Pick<RolloutStore, 'list'>;
  readonly uploads: Pick<UploadStore, 'refusals'>;
  readonly deadLetters: Pick<DeadLetterStore, 'countOf'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'countsOf'>>;
  readonly now: () => Date;
}

/** Bounds the series, and the reads of a scrape: one small read a shard and rollout. */
const NEWEST_ROLLOUTS = 25;
const ROLLOUTS_AT_ONCE = 4;
const MOST_REFUSALS = 200;
const MOST_DEAD_LETTERS = 1000;
const DAY_MS = 86_400_000;

const getMetrics = operation({
  id: 'metrics',
  method: 'GET',
  path: '/metrics',
  right: 'read',
  tag: 'Health',
  summary: 'Get metrics in OpenMetrics text',
  description: `For Prometheus and others that read its format. Holds the ${NEWEST_ROLLOUTS} newest rollouts that are not retired.`,
  answer: content({ mediaTypes: ['application/openmetrics-text'], description: 'The metrics.' }),
});

/** HTTP: numbers for a monitoring system. */
export function metricsRoutes(parts: MetricsParts): Route[] {
  return [
    route(getMetrics, async () => {
      const now = parts.now();
      const [counted, refusals, ...deadLetters] = await Promise.all([
        countedRollouts(parts),
        recentRefusals(parts, now),
        parts.deadLetters.countOf(dayOf(now.getTime()), MOST_DEAD_LETTERS),
        parts.deadLetters.countOf(dayOf(now.getTime() - DAY_MS), MOST_DEAD_LETTERS),
      ]);
      const trouble = { refusals, deadLetters: deadLetters.reduce((sum, count) => sum + count, 0) };
      return {
        content: openMetricsText(rolloutMetrics(counted, trouble)),
        mediaType: OPEN_METRICS_MEDIA_TYPE,
      };
    }),
  ];
}

async function countedRollouts({ rollouts, ledger }: MetricsParts) {
  const listed = (await rollouts.list()).filter(({ state }) => state !== 'retired');
  const reads = await ledger();
  return inParallel(listed.slice(0, NEWEST_ROLLOUTS), ROLLOUTS_AT_ONCE, async (rollout) => ({
    rollout,
    counts: await reads.countsOf(rollout),
  }));
}

async function recentRefusals({ uploads }: MetricsParts, now: Date): Promise<number> {
  const since = new Date(now.getTime() - DAY_MS).toISOString();
  const { items } = await uploads.refusals(MOST_REFUSALS, undefined);
  return items.filter(({ uploadedAt }) => uploadedAt >= since).length;
}

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
