import { z } from 'zod';

import type { ConfigurationRecord } from './configuration-record.ts';
import { configurationJson } from './configuration-record.ts';
import type { ConfigurationRequest } from './configuration-request.ts';
import {
  checkMetricQuery,
  checkSameContent,
  checkTargetCondition,
  parseConfiguration,
} from './configuration-request.ts';
import { checkIfMatch } from './entity-tag.ts';
import type { HubContext } from './hub-context.ts';
import { HubError } from './hub-error.ts';
import type { JsonObject } from './merge-patch.ts';

const testSchema = z.object({
  targetCondition: z.string().nullish(),
  customMetricQueries: z.record(z.string(), z.string()).nullish(),
});

/** Automatic device configurations. Methods throw {@link HubError} where the real hub answers an error. */
export class ConfigurationStore {
  private readonly context: HubContext;
  private readonly evaluateSoon: () => void;

  /** `evaluateSoon` is called after every change that may change what devices are to have. */
  constructor(context: HubContext, evaluateSoon: () => void) {
    this.context = context;
    this.evaluateSoon = evaluateSoon;
  }

  get(id: string): JsonObject {
    return configurationJson(this.existing(id));
  }

  /** At most `top` configurations, the oldest first. */
  list(top: number): JsonObject[] {
    return [...this.context.configurations.values()].slice(0, top).map(configurationJson);
  }

  /** @throws {HubError} ConfigurationAlreadyExists, ConfigurationCountLimitExceeded, or what is invalid */
  create(id: string, body: unknown): JsonObject {
    if (this.context.configurations.has(id)) {
      throw new HubError('ConfigurationAlreadyExists', `configuration ${id} already exists`);
    }
    const request = parseConfiguration(id, body, this.context.limits);
    const { deviceContent } = request;
    if (deviceContent === undefined) throw new HubError('InvalidConfigurationContent', 'content is missing');
    const quota = this.context.limits.configurations;
    if (this.context.configurations.size >= quota) {
      throw new HubError(
        'ConfigurationCountLimitExceeded',
        `Number of deployments exceed the maximum quota ${quota}`,
      );
    }
    const now = this.context.now().toISOString();
    return this.put({
      ...request,
      id,
      deviceContent,
      order: this.context.nextOrder(),
      revision: 1,
      createdTimeUtc: now,
      lastUpdatedTimeUtc: now,
      results: { targeted: 0, applied: 0, metrics: {} },
    });
  }

  /** Labels, metrics, priority and target condition become those of the request; content cannot change. */
  update(id: string, body: unknown, ifMatch: string): JsonObject {
    const existing = this.existing(id);
    checkIfMatch(ifMatch, existing.revision);
    const request: ConfigurationRequest = parseConfiguration(id, body, this.context.limits);
    checkSameContent(existing, request);
    return this.put({
      ...existing,
      ...request,
      deviceContent: existing.deviceContent,
      revision: existing.revision + 1,
      lastUpdatedTimeUtc: this.context.now().toISOString(),
    });
  }

  delete(id: string, ifMatch: string | undefined): void {
    checkIfMatch(ifMatch, this.existing(id).revision);
    this.context.configurations.delete(id);
    this.evaluateSoon();
    this.context.changed();
  }

  /** `POST /configurations/testQueries`: says what is wrong with a condition and metrics, changes nothing. */
  testQueries(body: unknown): JsonObject {
    const parsed = testSchema.safeParse(body);
    if (!parsed.success) throw new HubError('ArgumentInvalid', z.prettifyError(parsed.error));
    const { limits } = this.context;
    const condition = parsed.data.targetCondition ?? '';
    const metrics = Object.entries(parsed.data.customMetricQueries ?? {}).flatMap(([name, query]) => {
      const problem = problemOf(() => checkMetricQuery(query, limits));
      return problem === null ? [] : [[name, problem] as const];
    });
    return {
      targetConditionError: problemOf(() => checkTargetCondition(condition, limits)),
      customMetricQueryErrors: Object.fromEntries(metrics),
    };
  }

  private existing(id: string): ConfigurationRecord {
    const configuration = this.context.configurations.get(id);
    if (!configuration) throw new HubError('ConfigurationNotFound', `configuration ${id} not found`);
    return configuration;
  }

  private put(configuration: ConfigurationRecord): JsonObject {
    this.context.configurations.set(configuration.id, configuration);
    this.evaluateSoon();
    this.context.changed();
    return configurationJson(configuration);
  }
}

function problemOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof HubError) return error.message;
    throw error;
  }
}
