import type { EventBatch } from './event-batch.ts';
import { parseTimestamp } from './timestamp.ts';
import type { RawTwinEvent } from './twin-change.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The batch that an Event Hub trigger (cardinality many) hands over: bodies as the argument, everything
 * else as arrays in the metadata, in the same order. The app asks the host for empty bodies too
 * (`IncludeEmptyEntriesInMessagePayload`), without which the two would not line up. Where their numbers
 * differ all the same, every event is marked: no device may get another one's report.
 */
export function readTriggerBatch(bodies: readonly unknown[], metadata: Fields, now: Date): EventBatch {
  const partition = asFields(metadata['partitionContext']);
  const properties = asArray(metadata['propertiesArray']);
  const systemProperties = asArray(metadata['systemPropertiesArray']);
  const sequenceNumbers = asArray(metadata['sequenceNumberArray']);
  const enqueuedTimes = asArray(metadata['enqueuedTimeUtcArray']);
  const aligned = properties.length === bodies.length && systemProperties.length === bodies.length;
  const firstSequence =
    sequenceNumber(asFields(systemProperties[0])['sequenceNumber'] ?? sequenceNumbers[0]) ?? 0;
  const events = bodies.map((body, i): RawTwinEvent => {
    if (!aligned) {
      const unknown = { properties: {}, systemProperties: {}, misaligned: true } as const;
      return { body, sequenceNumber: firstSequence + i, enqueuedAt: now.toISOString(), ...unknown };
    }
    const system = asFields(systemProperties[i]);
    return {
      body,
      properties: asFields(properties[i]),
      systemProperties: system,
      sequenceNumber: sequenceNumber(system['sequenceNumber'] ?? sequenceNumbers[i]) ?? firstSequence + i,
      enqueuedAt: parseTimestamp(system['enqueuedTimeUtc'] ?? enqueuedTimes[i]) ?? now.toISOString(),
    };
  });
  return {
    stream: `${textOf(partition['fullyQualifiedNamespace'])}/${textOf(partition['eventHubName'])}`,
    partition: textOf(partition['partitionId']),
    events,
  };
}

/** A number, its text, or the `{low, high}` words as which a 64-bit number may come through the worker. */
function sequenceNumber(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  const { low, high } = asFields(value);
  return typeof low === 'number' && typeof high === 'number' ? high * 2 ** 32 + (low >>> 0) : undefined;
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
