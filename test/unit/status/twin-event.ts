import type { DeviceReport, RawTwinEvent } from '../../../src/shared/status/twin-change.ts';

/** The report of a DevKit while it downloads, as it stands in its twin. */
export const downloading = {
  type: 'IoTDevKit',
  currentFwVersion: '1.0.0',
  pendingFwVersion: '1.0.1',
  fwUpdateStatus: 'Downloading',
  fwUpdateSubstatus: 'https://h/firmware/FirmwareOTA.ino.bin',
  lastFwUpdateStartTime: '2026-03-01T10:00:00.0000000Z',
  lastFwUpdateEndTime: '',
};

/** A twin change as IoT Hub sends it for an update of reported properties. */
export function twinEvent(firmware: unknown, changes: Partial<RawTwinEvent> = {}): RawTwinEvent {
  return {
    body: { version: 7, properties: { reported: { firmware, $version: 6 } } },
    properties: {
      deviceId: 'press-17',
      hubName: 'hub',
      opType: 'updateTwin',
      operationTimestamp: '2026-03-01T10:00:01.4171263+00:00',
      'iothub-message-schema': 'twinChangeNotification',
    },
    systemProperties: { 'iothub-message-source': 'twinChangeEvents' },
    sequenceNumber: 41,
    enqueuedAt: '2026-03-01T10:00:02.000Z',
    ...changes,
  };
}

/** A report of the device press-17, `minute` minutes after ten. */
export function reportAt(
  version: number,
  minute: number,
  firmware: Partial<DeviceReport['firmware']> & Pick<DeviceReport['firmware'], 'status'>,
): DeviceReport {
  const hubTime = new Date(Date.parse('2026-03-01T10:00:00Z') + minute * 60_000).toISOString();
  return {
    deviceId: 'press-17',
    firmware: { substatus: '', ...firmware },
    version,
    sequenceNumber: version,
    enqueuedAt: hubTime,
    hubTime,
    hubTimeIsExact: true,
  };
}
