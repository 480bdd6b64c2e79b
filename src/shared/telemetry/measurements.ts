import { instruments, type InstrumentName, type Measure } from './instruments.ts';
import type { OtlpMeter } from './otlp-meter.ts';

export interface Measurements {
  readonly measure: Measure;
  /** Sends what was measured. Never rejects; undefined where there is nothing to say, else what went wrong. */
  readonly flush: () => Promise<{ readonly error: unknown } | undefined>;
  /** Flushes and stops. */
  readonly close: () => Promise<void>;
}

interface Measured {
  readonly name: InstrumentName;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

type Instrument = (value: number, attributes: Readonly<Record<string, string>>) => void;

/** Kept until the SDK is loaded, which is after the first invocation; more than a first batch ever brings. */
const KEPT_MAX = 5000;

/**
 * Measures into memory until the first flush, which loads the SDK: so the cold start does not pay for it, and
 * no measurement of the first invocation is lost.
 * @param open loads the SDK; called once, again after a failure
 */
export function openMeasurements(open: () => Promise<OtlpMeter>): Measurements {
  let kept: Measured[] = [];
  let opened: Promise<OtlpMeter> | undefined;
  let record: ((measured: Measured) => void) | undefined;
  const ready = async (): Promise<OtlpMeter> => {
    opened ??= open();
    try {
      const otlp = await opened;
      record ??= recorderOf(otlp);
      for (const measured of kept) record(measured);
      kept = [];
      return otlp;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  return {
    measure: (name, value, attributes) => {
      const measured = { name, value, attributes };
      if (record) record(measured);
      else if (kept.length < KEPT_MAX) kept.push(measured);
    },
    flush: async () => {
      try {
        await (await ready()).flush();
        return undefined;
      } catch (error) {
        return { error };
      }
    },
    close: async () => {
      if (kept.length === 0 && opened === undefined) return;
      await (await ready()).close();
    },
  };
}

/** Instruments are made at their first use: one that was never used is not exported as zero. */
function recorderOf({ meter }: OtlpMeter): (measured: Measured) => void {
  const made = new Map<InstrumentName, Instrument>();
  return ({ name, value, attributes }) => {
    const known = made.get(name);
    const instrument = known ?? instrumentOf(meter, name);
    if (!known) made.set(name, instrument);
    instrument(value, attributes);
  };
}

function instrumentOf(meter: OtlpMeter['meter'], name: InstrumentName): Instrument {
  const { kind, unit, meaning: description } = instruments[name];
  switch (kind) {
    case 'counter': {
      const counter = meter.createCounter(name, { unit, description });
      return (value, attributes) => counter.add(value, attributes);
    }
    case 'histogram': {
      const advice = { explicitBucketBoundaries: [...boundariesOf(unit)] };
      const histogram = meter.createHistogram(name, { unit, description, advice });
      return (value, attributes) => histogram.record(value, attributes);
    }
  }
}

/** The SDK's default is made for milliseconds of requests; updates take minutes, and some wait for days. */
function boundariesOf(unit: string): readonly number[] {
  return unit === 's'
    ? [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400, 604_800]
    : [1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000];
}
