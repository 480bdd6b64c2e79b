import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

import type { ConfigurationRecord } from './configuration-record.ts';
import type { HubErrorCode } from './hub-error.ts';
import { HubError } from './hub-error.ts';
import type { HubLimits } from './limits.ts';
import type { JsonObject } from './merge-patch.ts';
import { isObject, withValueAt } from './merge-patch.ts';
import { parseCondition } from './query/expression-parser.ts';
import { parseQuery } from './query/query-parser.ts';
import { checkTwinPatch, checkTwinSize } from './twin-limits.ts';

const PREFIX = 'properties.desired.';

const requestSchema = z.object({
  id: z.string(),
  schemaVersion: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  content: z
    .object({
      deviceContent: z.custom<JsonObject>(isObject, 'not a JSON object').nullish(),
      modulesContent: z.record(z.string(), z.unknown()).nullish(),
      moduleContent: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
  targetCondition: z.string().nullish(),
  priority: z.int().min(0).nullish(),
  metrics: z.object({ queries: z.record(z.string(), z.string()).nullish() }).nullish(),
});

/** A valid request to put a configuration; content is undefined where the request holds none. */
export interface ConfigurationRequest extends Pick<
  ConfigurationRecord,
  'schemaVersion' | 'labels' | 'targetCondition' | 'priority' | 'metrics'
> {
  deviceContent: ConfigurationRecord['deviceContent'] | undefined;
}

/**
 * Reads the body of `PUT /configurations/{id}` and holds it to the documented limits.
 * @throws {HubError} with the code of what is wrong
 */
export function parseConfiguration(id: string, body: unknown, limits: HubLimits): ConfigurationRequest {
  if (!limits.configurationId.test(id)) {
    const alphabet = "1 to 128 of lower-case letters, digits and - + % _ * ! '";
    throw new HubError('ArgumentInvalid', `the configuration id ${id} is invalid: ${alphabet}`);
  }
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new HubError('ArgumentInvalid', z.prettifyError(parsed.error));
  const { data } = parsed;
  if (data.id !== id) throw new HubError('ArgumentInvalid', `the body is of configuration ${data.id}`);
  const metrics = data.metrics?.queries ?? {};
  const targetCondition = data.targetCondition ?? '';
  checkTargetCondition(targetCondition, limits);
  checkMetrics(metrics, limits);
  return {
    schemaVersion: data.schemaVersion ?? '1.0',
    labels: data.labels ?? {},
    deviceContent: data.content ? parseContent(data.content, limits) : undefined,
    targetCondition,
    priority: data.priority ?? 0,
    metrics,
  };
}

/** @throws {HubError} InvalidConfigurationTargetCondition */
export function checkTargetCondition(condition: string, limits: HubLimits): void {
  readable('InvalidConfigurationTargetCondition', condition, limits, parseCondition);
}

/** @throws {HubError} InvalidConfigurationCustomMetricsQuery */
export function checkMetricQuery(query: string, limits: HubLimits): void {
  readable('InvalidConfigurationCustomMetricsQuery', query, limits, parseQuery);
}

/** @throws {HubError} CannotModifyImmutableConfigurationContent where the request brings other content */
export function checkSameContent(existing: ConfigurationRecord, request: ConfigurationRequest): void {
  if (request.deviceContent === undefined) return;
  if (isDeepStrictEqual(existing.deviceContent, request.deviceContent)) return;
  throw new HubError(
    'CannotModifyImmutableConfigurationContent',
    `the content of configuration ${existing.id} cannot be changed, create another configuration`,
  );
}

/** The path below the desired properties that a content key names: `properties.desired.a.b` is `['a', 'b']`. */
export function contentPath(key: string): string[] {
  return key.slice(PREFIX.length).split('.');
}

function checkMetrics(metrics: Record<string, string>, limits: HubLimits): void {
  if (Object.keys(metrics).length > limits.customMetrics) {
    throw new HubError('ArgumentInvalid', `more than ${limits.customMetrics} custom metrics`);
  }
  for (const query of Object.values(metrics)) checkMetricQuery(query, limits);
}

type RequestContent = NonNullable<z.infer<typeof requestSchema>['content']>;

function parseContent(content: RequestContent, limits: HubLimits): ConfigurationRecord['deviceContent'] {
  const deviceContent = content.deviceContent ?? {};
  // Some clients send the other two members empty.
  if (Object.keys({ ...content.modulesContent, ...content.moduleContent }).length > 0) {
    invalidContent('content for modules is not supported here, only deviceContent');
  }
  if (Object.keys(deviceContent).length === 0) invalidContent('deviceContent is empty');
  let desired: JsonObject = {};
  for (const [key, value] of Object.entries(deviceContent)) {
    if (!key.startsWith(PREFIX)) invalidContent(`${key} does not begin with ${PREFIX}`);
    desired = withValueAt(desired, contentPath(key), value);
  }
  try {
    checkTwinPatch('content', desired, limits);
    checkTwinSize('content', desired, limits.desiredBytes);
  } catch (error) {
    if (error instanceof HubError) invalidContent(error.message, error);
    throw error;
  }
  return deviceContent;
}

function invalidContent(message: string, cause?: Error): never {
  throw new HubError('InvalidConfigurationContent', message, { cause });
}

function readable(
  code: HubErrorCode,
  text: string,
  limits: HubLimits,
  parse: (text: string) => unknown,
): void {
  if (text.length > limits.queryCharacters) {
    throw new HubError(code, `longer than ${limits.queryCharacters} characters`);
  }
  try {
    parse(text);
  } catch (error) {
    throw new HubError(code, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
