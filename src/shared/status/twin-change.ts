import { type ReportedFirmware, readReportedFirmware, type UnreadableFirmware } from './reported-firmware.ts';
import { parseTimestamp } from './timestamp.ts';

/**
 * One event of the Event Hub, before anything is believed of it. Property names are those of IoT Hub
 * with the first letter in lower case, which is how Functions hands them over.
 */
export interface RawTwinEvent {
  /** Parsed JSON, or the text where it does not parse. */
  readonly body: unknown;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly systemProperties: Readonly<Record<string, unknown>>;
  readonly sequenceNumber: number;
  /** When the Event Hub took it; RFC 3339. */
  readonly enqueuedAt: string;
  /** The batch's metadata did not line up with its bodies, so that no event can be told a device. */
  readonly misaligned?: true;
}

/** A device's report about its firmware, with what IoT Hub said about it. */
export interface DeviceReport {
  readonly deviceId: string;
  readonly firmware: ReportedFirmware;
  /** `properties.reported.$version`: grows with each change, starts again with a re-created device. */
  readonly version: number;
  readonly sequenceNumber: number;
  readonly enqueuedAt: string;
  /** When the hub changed the twin, by the hub's clock; the enqueued time where the hub does not say. */
  readonly hubTime: string;
  /** False where `hubTime` is only the enqueued time, which a repeated event does not keep. */
  readonly hubTimeIsExact: boolean;
}

export type TwinChange =
  | { readonly kind: 'report'; readonly report: DeviceReport }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | DeadLetterReason;

export interface DeadLetterReason {
  readonly kind: 'dead-letter';
  readonly code: DeadLetterCode;
  /** A sentence for people. */
  readonly reason: string;
}

export type SkipReason = 'not-a-twin-change' | 'module' | 'no-firmware' | 'no-status' | 'not-released';

export type DeadLetterCode =
  | UnreadableFirmware
  | 'misaligned-batch'
  | 'bad-json'
  | 'bad-body'
  | 'bad-firmware'
  | 'bad-version'
  | 'bad-device-id'
  | 'unattributable';

/** The documented alphabet and length of device ids. */
const DEVICE_ID = /^[A-Za-z0-9\-.+%_#*?!(),:=@$']{1,128}$/;
/** Ten digits: what history keys hold. At ten changes a second it lasts for thirty years. */
export const MAX_VERSION = 9_999_999_999;

/**
 * What one event means. Total: whatever arrives, it is a report, or nothing of ours, or a dead letter
 * that no repetition can help. Never throws.
 */
export function readTwinChange(event: RawTwinEvent): TwinChange {
  if (event.misaligned) {
    return dead(
      'misaligned-batch',
      'The host gave other numbers of events and of metadata: whose event it is cannot be told',
    );
  }
  if (!isTwinChange(event)) return { kind: 'skip', reason: 'not-a-twin-change' };
  if (isOfModule(event)) return { kind: 'skip', reason: 'module' };
  const body = parsedBody(event.body);
  if (body === undefined) return dead('bad-json', 'The body of a twin change is not JSON');
  if (!isObject(body)) return dead('bad-body', 'The body of a twin change is not an object');
  const reported = isObject(body['properties']) ? body['properties']['reported'] : undefined;
  if (!isObject(reported)) return { kind: 'skip', reason: 'no-firmware' };
  const firmware = reported['firmware'] ?? undefined;
  if (firmware === undefined) return { kind: 'skip', reason: 'no-firmware' };
  if (!isObject(firmware)) return dead('bad-firmware', 'reported.firmware is not an object');
  return readReport(event, body, reported, firmware);
}

function readReport(
  event: RawTwinEvent,
  body: JsonObject,
  reported: JsonObject,
  firmware: JsonObject,
): TwinChange {
  const reading = readReportedFirmware(firmware);
  if (reading.kind === 'no-status') return { kind: 'skip', reason: 'no-status' };
  if (reading.kind === 'unreadable') return dead(reading.code, reading.reason);
  const version = reported['$version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > MAX_VERSION) {
    return dead('bad-version', `reported.$version is not an integer of 1 to ${MAX_VERSION}`);
  }
  const deviceId =
    event.properties['deviceId'] ?? event.systemProperties['iothub-connection-device-id'] ?? body['deviceId'];
  if (typeof deviceId !== 'string' || !DEVICE_ID.test(deviceId)) {
    return dead('bad-device-id', 'The event names no device, or one whose id IoT Hub would not accept');
  }
  const hubTime = parseTimestamp(event.properties['operationTimestamp']) ?? lastUpdated(reported);
  return {
    kind: 'report',
    report: {
      deviceId,
      firmware: reading.firmware,
      version,
      sequenceNumber: event.sequenceNumber,
      enqueuedAt: event.enqueuedAt,
      hubTime: hubTime ?? event.enqueuedAt,
      hubTimeIsExact: hubTime !== undefined,
    },
  };
}

/** The schema says it; a routing endpoint may leave out the application properties but keep the annotation. */
function isTwinChange({ properties, systemProperties }: RawTwinEvent): boolean {
  const schema = properties['iothub-message-schema'];
  const source = systemProperties['iothub-message-source'];
  return schema === undefined ? isText(source, 'twinchangeevents') : isText(schema, 'twinchangenotification');
}

function isOfModule({ properties, systemProperties }: RawTwinEvent): boolean {
  return (
    properties['moduleId'] !== undefined || systemProperties['iothub-connection-module-id'] !== undefined
  );
}

/** Text, or the `{"Value": "…"}` as which an AMQP symbol comes through Functions. */
function isText(value: unknown, lowerCase: string): boolean {
  const text = isObject(value) ? (value['value'] ?? value['Value']) : value;
  return typeof text === 'string' && text.toLowerCase() === lowerCase;
}

function lastUpdated(reported: JsonObject): string | undefined {
  const metadata = reported['$metadata'];
  return isObject(metadata) ? parseTimestamp(metadata['$lastUpdated']) : undefined;
}

function parsedBody(body: unknown): unknown {
  const text = body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : body;
  if (typeof text !== 'string') return text ?? undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

function dead(code: DeadLetterCode, reason: string): DeadLetterReason {
  return { kind: 'dead-letter', code, reason };
}
