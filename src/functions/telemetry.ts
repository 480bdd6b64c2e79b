import { setTimeout as wait } from 'node:timers/promises';
import { app, type InvocationContext } from '@azure/functions';
import { errorFields, logEvent } from '../shared/log.ts';
import { type Measurements, openMeasurements } from '../shared/telemetry/measurements.ts';
import { type Measure, unmeasured } from '../shared/telemetry/instruments.ts';

const SERVICE_NAME = 'firmware-ota';
/** An instance may be frozen or taken away when nothing runs: so what was measured leaves with an invocation. */
const FLUSH_EVERY_MS = 10_000;
/** How long an invocation that nobody waits for may be held up by that. */
const HOLD_MS = 2000;

/**
 * Metrics over OTLP where an endpoint is set; nothing is loaded, registered or measured otherwise. They are
 * sent after an invocation, at most every ten seconds, and when the app ends. Answers of the API do not wait
 * for it.
 */
export function registerTelemetry(endpoint: string | undefined): Measure {
  if (endpoint === undefined) return unmeasured;
  const measurements = openMeasurements(async () => {
    const { openOtlpMeter } = await import('../shared/telemetry/otlp-meter.ts');
    return openOtlpMeter(endpoint, SERVICE_NAME);
  });
  flushAfterInvocations(measurements);
  app.hook.appTerminate(async () => measurements.close());
  return measurements.measure;
}

function flushAfterInvocations(measurements: Measurements): void {
  let last = Number.NEGATIVE_INFINITY;
  app.hook.postInvocation(async ({ invocationContext: context }) => {
    if (performance.now() - last < FLUSH_EVERY_MS) return;
    last = performance.now();
    const flushed = flush(measurements, context);
    const isAnswer = context.options.trigger.type === 'httpTrigger';
    if (!isAnswer) await Promise.race([flushed, wait(HOLD_MS)]);
  });
}

async function flush(measurements: Measurements, context: InvocationContext): Promise<void> {
  const failure = await measurements.flush();
  if (failure) logEvent(context, 'warn', 'metrics-not-sent', errorFields(failure.error));
}
