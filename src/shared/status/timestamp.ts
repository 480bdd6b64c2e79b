/** `2022-06-01T22:27:50.2612586Z`, `…+00:00`, without fraction, or without a zone (then UTC). */
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?$/i;

/**
 * A point in time as IoT Hub, Event Hubs or a device writes it, in RFC 3339 with milliseconds, UTC;
 * undefined where it is none. IoT Hub's documents show two spellings, with seven digits of a second;
 * Event Hubs' enqueued time comes through Functions without a zone, or as milliseconds since 1970.
 */
export function parseTimestamp(value: unknown): string | undefined {
  if (value instanceof Date) return isoOf(value.getTime());
  if (typeof value === 'number') return isoOf(value);
  if (typeof value !== 'string') return undefined;
  const parts = TIMESTAMP.exec(value.trim());
  if (parts === null) return undefined;
  const [, seconds, fraction = '', zone = 'Z'] = parts;
  return isoOf(Date.parse(`${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`));
}

function isoOf(milliseconds: number): string | undefined {
  const year10000 = 253_402_300_800_000;
  const known = Number.isFinite(milliseconds) && milliseconds >= 0 && milliseconds < year10000;
  return known ? new Date(milliseconds).toISOString() : undefined;
}
