import type { MetricFamily, Sample } from '../../shared/http/open-metrics.ts';
import type { IngestLag } from '../../shared/status/ingest-lag.ts';
import type { EndpointView } from '../../shared/webhooks/webhook-desk.ts';

/** What is known of the app beside its rollouts. */
export interface AppNumbers {
  /** Each counted up to a bound. */
  readonly recent: { readonly refusals: number; readonly deadLetters: number };
  /** Absent where the Event Hub does not say it now. */
  readonly ingest: IngestLag | undefined;
  /** Absent where nobody is to hear of events. */
  readonly webhooks:
    | { readonly endpoints: readonly EndpointView[]; readonly undelivered: number }
    | undefined;
}

/** Metrics of the app. Labels are partitions (32 at most) and endpoints that the operator has set. */
export function appMetrics({ recent, ingest, webhooks }: AppNumbers): MetricFamily[] {
  return [
    gauge('refusals_recent', 'Uploads of the last 24 hours that were refused, counted up to 200.', [
      { labels: {}, value: recent.refusals },
    ]),
    gauge('dead_letters_recent', 'Dead letters of today and yesterday (UTC), counted up to 1000 a day.', [
      { labels: {}, value: recent.deadLetters },
    ]),
    gauge('ingest_known', 'Whether the Event Hub could be asked for the two families below.', [
      { labels: {}, value: ingest === undefined ? 0 : 1 },
    ]),
    gauge('ingest_lag', 'Twin changes that wait to be recorded.', byPartition(ingest?.partitions)),
    {
      name: 'firmware_ota_twin_changes_recorded',
      type: 'counter',
      help: 'Twin changes that were recorded since the Event Hub was created.',
      samples: byPartition(ingest?.recorded),
    },
    ...(webhooks === undefined ? [] : webhookMetrics(webhooks.endpoints, webhooks.undelivered)),
  ];
}

function webhookMetrics(endpoints: readonly EndpointView[], undelivered: number): MetricFamily[] {
  const ofEach = (value: (endpoint: EndpointView) => number): Sample[] =>
    endpoints.map((endpoint) => ({ labels: { endpoint: endpoint.id }, value: value(endpoint) }));
  return [
    gauge(
      'webhook_events_waiting',
      'About how many events wait for an attempt.',
      ofEach(({ waiting }) => waiting),
    ),
    gauge(
      'webhook_disabled',
      'Whether nothing is sent to the endpoint any more.',
      ofEach(({ disabled }) => (disabled === undefined ? 0 : 1)),
    ),
    gauge('webhook_dead_letters', 'Events that no attempt could deliver, counted up to 200.', [
      { labels: {}, value: undelivered },
    ]),
  ];
}

function byPartition(values: Readonly<Record<string, number>> | undefined): Sample[] {
  return Object.entries(values ?? {}).map(([partition, value]) => ({ labels: { partition }, value }));
}

function gauge(name: string, help: string, samples: Sample[]): MetricFamily {
  return { name: `firmware_ota_${name}`, type: 'gauge', help, samples };
}
