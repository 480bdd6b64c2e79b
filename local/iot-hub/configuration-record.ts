import { entityTag } from './entity-tag.ts';
import type { JsonObject, JsonValue } from './merge-patch.ts';

/** An automatic device configuration; plain JSON. */
export interface ConfigurationRecord {
  id: string;
  /** Orders configurations by creation: the newer one wins where priorities are equal. */
  order: number;
  revision: number;
  schemaVersion: string;
  labels: Record<string, string>;
  /** What to set: `properties.desired.<path>` and the value there. Immutable. */
  deviceContent: Record<string, JsonValue>;
  targetCondition: string;
  priority: number;
  /** Name and query of each custom metric. */
  metrics: Record<string, string>;
  createdTimeUtc: string;
  lastUpdatedTimeUtc: string;
  /** What the last evaluation counted. */
  results: { targeted: number; applied: number; metrics: Record<string, number> };
}

/** A configuration as the service API answers it. */
export function configurationJson(configuration: ConfigurationRecord): JsonObject {
  const { targeted, applied, metrics } = configuration.results;
  return {
    id: configuration.id,
    schemaVersion: configuration.schemaVersion,
    labels: configuration.labels,
    content: { deviceContent: configuration.deviceContent },
    targetCondition: configuration.targetCondition,
    createdTimeUtc: configuration.createdTimeUtc,
    lastUpdatedTimeUtc: configuration.lastUpdatedTimeUtc,
    priority: configuration.priority,
    systemMetrics: {
      results: { targetedCount: targeted, appliedCount: applied },
      queries: systemQueries(configuration),
    },
    metrics: { results: metrics, queries: configuration.metrics },
    etag: entityTag(configuration.revision),
  };
}

function systemQueries({ id, targetCondition }: ConfigurationRecord): JsonObject {
  const condition = targetCondition.trim();
  const where = condition === '*' ? '' : ` where ${condition}`;
  return {
    targetedCount: condition === '' ? '' : `select deviceId from devices${where}`,
    appliedCount: `select deviceId from devices where configurations.[[${id}]].status = 'Applied'`,
  };
}
