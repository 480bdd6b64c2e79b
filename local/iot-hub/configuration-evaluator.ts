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
    const configurations = [...this.context.configurations.values()].toSorted(byStrength).map(compile);
    const targeted = new Map<string, number>();
    for (const device of this.context.devices.values()) {
      const document = twinJson(device);
      const targeting = configurations.filter(({ condition }) => matches(condition, document));
      for (const { id } of targeting) targeted.set(id, (targeted.get(id) ?? 0) + 1);
      this.apply(device, targeting);
    }
    for (const configuration of configurations)
      this.count(configuration.id, targeted.get(configuration.id) ?? 0);
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

  private count(id: string, targeted: number): void {
    const configuration = this.context.configurations.get(id);
    if (!configuration) return;
    const devices = [...this.context.devices.values()];
    configuration.results = {
      targeted,
      applied: devices.filter((device) => device.configurations[id] === 'Applied').length,
      metrics: Object.fromEntries(
        Object.entries(configuration.metrics).map(([name, query]) => [
          name,
          countRows(parseQuery(query), queryRows(this.context)),
        ]),
      ),
    };
  }
}

function compile(configuration: ConfigurationRecord): ConfigurationRecord & { condition: Expression } {
  return { ...configuration, condition: parseCondition(configuration.targetCondition) };
}
