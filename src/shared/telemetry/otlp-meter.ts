import type { Meter } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

export interface OtlpMeter {
  readonly meter: Meter;
  /** Sends what was measured so far. Rejects where the collector does not take it; it is sent again later. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const EXPORT_MS = 30_000;
/** With its repetitions. */
const EXPORT_TIMEOUT_MS = 3000;

/**
 * Metrics by OTLP/HTTP. `endpoint` is the base address, to which the signal's path is added; headers,
 * compression and more are set by the standard variables (`OTEL_EXPORTER_OTLP_HEADERS`), which the exporter reads itself:
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 *
 * This file is loaded by dynamic import only, since it is what costs time to load.
 */
export function openOtlpMeter(endpoint: string, serviceName: string): OtlpMeter {
  const exporter = new OTLPMetricExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/metrics`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const lastFailure = watchExports(exporter);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: EXPORT_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new MeterProvider({
    readers: [reader],
    // Without a name the service would be called `unknown_service`.
    resource: resourceFromAttributes({ 'service.name': serviceName }),
  });
  return {
    meter: provider.getMeter('iot-firmware-ota'),
    flush: async () => {
      await provider.forceFlush();
      const failure = lastFailure();
      if (failure) throw failure;
    },
    close: () => provider.shutdown(),
  };
}

/** How the newest export failed: the reader hands that on to nobody. */
function watchExports(exporter: OTLPMetricExporter): () => Error | undefined {
  const send = exporter.export.bind(exporter);
  let failure: Error | undefined;
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      failure = result.error;
      done(result);
    });
  return () => failure;
}
