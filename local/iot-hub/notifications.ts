import { hubTime } from './hub-time.ts';
import type { JsonObject } from './merge-patch.ts';
import type { RoutedEvent } from './routed-event.ts';

/** Of which device, when and by which hub an event tells. */
export interface EventOrigin {
  hubName: string;
  deviceId: string;
  at: Date;
  /** A hexadecimal string that no two events share. */
  correlationId: string;
}

/**
 * A twin-change notification, as captured from a real hub and documented at
 * https://learn.microsoft.com/azure/iot-hub/iot-hub-non-telemetry-event-schema. The body of `updateTwin`
 * holds the changed parts only, and no device id: that stands in the properties.
 */
export function twinChanged(
  origin: EventOrigin,
  opType: 'updateTwin' | 'replaceTwin',
  body: JsonObject,
): RoutedEvent {
  return hubEvent(origin, 'twinChangeEvents', 'twinChangeNotification', opType, body);
}

/** A device life-cycle event; its body is the device's twin at that moment. */
export function deviceLifecycle(
  origin: EventOrigin,
  opType: 'createDeviceIdentity' | 'deleteDeviceIdentity',
  body: JsonObject,
): RoutedEvent {
  return hubEvent(origin, 'deviceLifecycleEvents', 'deviceLifecycleNotification', opType, body);
}

/** Telemetry: the device's own bytes. `system` has the names of the MQTT topic: `$.ct`, `$.ce`, `$.mid`, … */
export function telemetry(
  origin: Omit<EventOrigin, 'correlationId'>,
  generationId: string,
  body: Buffer,
  system: Record<string, string>,
  properties: Record<string, string>,
): RoutedEvent {
  return {
    partitionKey: origin.deviceId,
    body,
    ...withDefined('contentType', system['$.ct']),
    ...withDefined('contentEncoding', system['$.ce']),
    ...withDefined('messageId', system['$.mid']),
    ...withDefined('correlationId', system['$.cid']),
    ...withDefined('userId', system['$.uid']),
    applicationProperties: properties,
    annotations: {
      ...originAnnotations(origin, 'Telemetry'),
      'iothub-connection-auth-method': '{"scope":"device","type":"sas","issuer":"iothub"}',
      'iothub-connection-auth-generation-id': generationId,
    },
  };
}

function hubEvent(
  origin: EventOrigin,
  source: string,
  schema: string,
  opType: string,
  body: JsonObject,
): RoutedEvent {
  return {
    partitionKey: origin.deviceId,
    body: Buffer.from(JSON.stringify(body)),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    correlationId: origin.correlationId,
    userId: origin.hubName,
    applicationProperties: {
      hubName: origin.hubName,
      deviceId: origin.deviceId,
      operationTimestamp: hubTime(origin.at),
      'iothub-message-schema': schema,
      opType,
    },
    annotations: originAnnotations(origin, source),
  };
}

function originAnnotations(
  origin: Omit<EventOrigin, 'correlationId'>,
  source: string,
): RoutedEvent['annotations'] {
  return {
    'iothub-connection-device-id': origin.deviceId,
    'iothub-enqueuedtime': origin.at,
    'iothub-message-source': source,
  };
}

function withDefined<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const entry: Partial<Record<K, string>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
