import { type Meter, metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  MeterProvider,
  type MeterProviderOptions,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

export interface OtlpMeter {
  readonly meter: Meter;
  /** Sends what was measured so far. Rejects where the collector does not take it; it is sent again later. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const EXPORT_MS = 30_000;
const EXPORT_TIMEOUT_MS = 5_000;

/**
 * Metrics by OTLP/HTTP. `endpoint` is the base address, to which the signal's path is added; headers,
 * compression and more are set by the standard variables (`OTEL_EXPORTER_OTLP_HEADERS`), which the exporter reads itself:
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 *
 * This file is loaded by dynamic import only, since it is what costs time to load.
 */
export function openOtlpMeter(endpoint: string, serviceName: string): OtlpMeter {
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/metrics` }),
    exportIntervalMillis: EXPORT_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new MeterProvider({
    readers: [reader],
    resource: serviceResource(serviceName),
  });
  metrics.setGlobalMeterProvider(provider);
  return {
    meter: metrics.getMeter('iot-firmware-ota'),
    flush: () => provider.forceFlush(),
    close: () => provider.shutdown(),
  };
}

type Resource = NonNullable<MeterProviderOptions['resource']>;

/** Without it the service would be called `unknown_service`. */
function serviceResource(name: string): Resource {
  const resource: Resource = {
    attributes: { 'service.name': name },
    getRawAttributes: () => [['service.name', name]],
    merge: (other) => other ?? resource,
  };
  return resource;
}
