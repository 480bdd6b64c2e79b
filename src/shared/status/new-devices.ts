import type { RawTwinEvent } from './twin-change.ts';

/**
 * Ids of the devices that were created, as IoT Hub's life-cycle notifications tell
 * (`iothub-message-schema: deviceLifecycleNotification`, `opType: createDeviceIdentity`). They come in the
 * same stream where the hub has a route for them.
 */
export function newDevices(events: readonly Pick<RawTwinEvent, 'properties'>[]): readonly string[] {
  const ids = events.flatMap(({ properties }) => {
    const created = properties['opType'] === 'createDeviceIdentity' && properties['moduleId'] === undefined;
    return created && typeof properties['deviceId'] === 'string' ? [properties['deviceId']] : [];
  });
  return [...new Set(ids)];
}
