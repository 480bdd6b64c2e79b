import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** One point of a metric, with the sum of a counter or of a histogram's values. */
export interface ReceivedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram. */
  readonly count: number | undefined;
}

export interface OtlpReceiver {
  readonly url: string;
  /** Names of the services that sent something. */
  readonly services: ReadonlySet<string>;
  /** The newest points of a metric; its values are cumulative. */
  points(metric: string): readonly ReceivedPoint[];
  close(): Promise<void>;
}

interface Body {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[];
  }[];
}
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}
interface Point {
  readonly attributes: readonly Attribute[];
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: number | string;
}

/** A collector for metrics by OTLP/HTTP with JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp), on a free port. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const newest = new Map<string, readonly ReceivedPoint[]>();
  const services = new Set<string>();
  const take = (body: Body): void => {
    for (const { resource, scopeMetrics } of body.resourceMetrics) {
      services.add(attributesOf(resource.attributes)['service.name'] ?? '');
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        newest.set(metric.name, pointsOf(metric));
      }
    }
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isKnown = request.method === 'POST' && request.url === '/v1/metrics';
      if (isKnown) {
        take(JSON.parse(textOf(request, Buffer.concat(chunks))) as Body);
      }
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    services,
    points: (metric) => newest.get(metric) ?? [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function textOf({ headers }: IncomingMessage, bytes: Buffer): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
}

function pointsOf({ name, unit, sum, histogram }: Metric): ReceivedPoint[] {
  const points = sum?.dataPoints ?? histogram?.dataPoints ?? [];
  return points.map((point) => ({
    metric: name,
    unit,
    attributes: attributesOf(point.attributes),
    value: Number(point.asInt ?? point.asDouble ?? point.sum ?? Number.NaN),
    count: point.count === undefined ? undefined : Number(point.count),
  }));
}

function attributesOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? '']));
}
