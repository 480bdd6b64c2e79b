import { byStrength, planDevice } from './configuration-plan.ts';
import type { ConfigurationRecord } from './configuration-record.ts';
import type { DeviceRecord } from './device-record.ts';
import { twinJson } from './device-record.ts';
import type { HubContext } from './hub-context.ts';
import { queryRows } from './hub-context.ts';
import { HubError } from './hub-error.ts';
import { matches } from './query/evaluate.ts';
import { parseCondition } from './query/expression-parser.ts';
import { parseQuery } from './query/query-parser.ts';
import type { Expression } from './query/query-syntax.ts';
import type { QueryRow } from './query/run-query.ts';
import { countRows } from './query/run-query.ts';
import type { TwinStore } from './twin-store.ts';

/** The delays of evaluation: after a configuration has changed, and between regular ones (real hub: 5 min). */
export interface EvaluationTimes {
  afterChangeMs: number;
  intervalMs: number;
}

export type Schedule = (delayMs: number, task: () => void) => { cancel(): void };

/**
 * Brings every device to what the configurations want, and counts. Runs soon after a configuration has been
 * created, changed or deleted, and on an interval, which is when devices that registered since, or whose
 * tags or reported properties changed, are taken up or let go.
 */
export class ConfigurationEvaluator {
  private readonly context: HubContext;
  private readonly twins: TwinStore;
  private readonly schedule: Schedule;
  private readonly times: EvaluationTimes;
  private pending: { cancel(): void } | undefined;
  private regular: { cancel(): void } | undefined;

  constructor(context: HubContext, twins: TwinStore, schedule: Schedule, times: EvaluationTimes) {
    this.context = context;
    this.twins = twins;
    this.schedule = schedule;
    this.times = times;
  }

  start(): void {
    this.regular = this.schedule(this.times.intervalMs, () => {
      this.start();
      this.evaluate();
    });
  }

  stop(): void {
    this.regular?.cancel();
    this.pending?.cancel();
    this.pending = undefined;
  }

  soon(): void {
    this.pending ??= this.schedule(this.times.afterChangeMs, () => {
      this.pending = undefined;
      this.evaluate();
    });
  }

  private evaluate(): void {
    const evaluated = [...this.context.configurations.values()].toSorted(byStrength).map(compile);
    for (const device of this.context.devices.values()) {
      const document = twinJson(device);
      const targeting = evaluated.filter(({ condition }) => matches(condition, document));
      this.apply(
        device,
        targeting.map(({ record }) => record),
      );
      for (const configuration of targeting) {
        configuration.targeted++;
        if (device.configurations[configuration.record.id] === 'Applied') configuration.applied++;
      }
    }
    const rows = [...queryRows(this.context)];
    for (const { record, targeted, applied } of evaluated) {
      record.results = { targeted, applied, metrics: countMetrics(record.metrics, rows) };
    }
    this.context.changed();
  }

  /** Where the twin has no room for the settings nothing is written and they stay merely targeted. */
  private apply(device: DeviceRecord, targeting: ConfigurationRecord[]): void {
    const plan = planDevice(device.twin.desired.values, device.managedPaths, targeting);
    try {
      if (plan.patch) this.twins.setDesired(device, plan.patch);
      device.configurations = plan.statuses;
      device.managedPaths = plan.managedPaths;
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      device.configurations = Object.fromEntries(targeting.map(({ id }) => [id, 'Targeted' as const]));
    }
  }
}

function compile(record: ConfigurationRecord): {
  record: ConfigurationRecord;
  condition: Expression;
  targeted: number;
  applied: number;
} {
  return { record, condition: parseCondition(record.targetCondition), targeted: 0, applied: 0 };
}

function countMetrics(metrics: Record<string, string>, rows: readonly QueryRow[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, query]) => [name, countRows(parseQuery(query), rows)]),
  );
}
