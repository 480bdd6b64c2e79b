import type { UploadStore } from '../../shared/firmware/upload-store.ts';
import { OPEN_METRICS_MEDIA_TYPE, openMetricsText } from '../../shared/http/open-metrics.ts';
import { content, operation } from '../../shared/http/operation.ts';
import { within } from '../../shared/http/within.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { errorFields } from '../../shared/log.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { DeadLetterStore } from '../../shared/status/dead-letter-store.ts';
import { groupBy } from '../../shared/status/group-by.ts';
import { inParallel } from '../../shared/status/in-parallel.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import type { IngestLag } from '../../shared/status/ingest-lag.ts';
import type { RecountStore } from '../../shared/status/recount-store.ts';
import { summarize } from '../../shared/status/shard-recount.ts';
import type { WebhookDesk } from '../../shared/webhooks/webhook-desk.ts';
import { appMetrics } from './app-metrics.ts';
import { rolloutMetrics } from './rollout-metrics.ts';

export interface MetricsParts {
  readonly rollouts: Pick<RolloutStore, 'list'>;
  readonly uploads: Pick<UploadStore, 'refusals'>;
  readonly deadLetters: Pick<DeadLetterStore, 'countOf'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'countsOf'>>;
  readonly recounts: Pick<RecountStore, 'all'>;
  readonly ingestLag: () => Promise<IngestLag>;
  /** Absent where no address is set. */
  readonly webhooks: (() => Promise<Pick<WebhookDesk, 'list' | 'undelivered'>>) | undefined;
  readonly now: () => Date;
}

/** Bounds the series, and the reads of a scrape: one small read a shard and rollout. */
const NEWEST_ROLLOUTS = 25;
const ROLLOUTS_AT_ONCE = 4;
const MOST_REFUSALS = 200;
const MOST_UNDELIVERED = 200;
const MOST_DEAD_LETTERS = 1000;
/** A scrape waits for ten seconds, as Prometheus is set by itself. */
const INGEST_LAG_MS = 5000;
const DAY_MS = 86_400_000;

const getMetrics = operation({
  id: 'metrics',
  method: 'GET',
  path: '/metrics',
  right: 'read',
  tag: 'Health',
  summary: 'Get metrics in OpenMetrics text',
  description: `For Prometheus and others that read its format. Holds the ${NEWEST_ROLLOUTS} newest rollouts that are not retired, how far recording is behind, and what waits or went wrong.`,
  answer: content({ mediaTypes: ['application/openmetrics-text'], description: 'The metrics.' }),
});

/** HTTP: numbers for a monitoring system. */
export function metricsRoutes(parts: MetricsParts): Route[] {
  return [
    route(getMetrics, async ({ log }) => {
      const now = parts.now();
      const [counted, refusals, deadLetters, ingest, webhooks] = await Promise.all([
        countedRollouts(parts),
        recentRefusals(parts, now),
        recentDeadLetters(parts, now),
        // The other numbers are worth having where the Event Hub does not answer.
        within(INGEST_LAG_MS, parts.ingestLag()).catch((error: unknown) => {
          log('warn', 'ingest-lag-unknown', errorFields(error));
          return undefined;
        }),
        webhookNumbers(parts),
      ]);
      const app = appMetrics({ recent: { refusals, deadLetters }, ingest, webhooks });
      return {
        content: openMetricsText([...rolloutMetrics(counted, now), ...app]),
        mediaType: OPEN_METRICS_MEDIA_TYPE,
      };
    }),
  ];
}

async function recentDeadLetters({ deadLetters }: MetricsParts, now: Date): Promise<number> {
  const days = [now.getTime(), now.getTime() - DAY_MS].map(dayOf);
  const counts = await Promise.all(days.map(async (day) => deadLetters.countOf(day, MOST_DEAD_LETTERS)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function webhookNumbers({ webhooks }: MetricsParts) {
  const desk = await webhooks?.();
  if (!desk) return undefined;
  const [endpoints, { letters }] = await Promise.all([
    desk.list(),
    desk.undelivered(MOST_UNDELIVERED, undefined),
  ]);
  return { endpoints, undelivered: letters.length };
}

async function countedRollouts({ rollouts, ledger, recounts }: MetricsParts) {
  const recounted = groupBy(await recounts.all(), ({ rolloutId }) => rolloutId);
  const listed = (await rollouts.list()).filter(({ state }) => state !== 'retired');
  const reads = await ledger();
  return inParallel(listed.slice(0, NEWEST_ROLLOUTS), ROLLOUTS_AT_ONCE, async (rollout) => ({
    rollout,
    counts: await reads.countsOf(rollout),
    recount: summarize(rollout, recounted.get(rollout.id) ?? []),
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
