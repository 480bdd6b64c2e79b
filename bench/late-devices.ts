import { eventPartition } from '../src/shared/status/event-partition.ts';
import type { RawTwinEvent } from '../src/shared/status/twin-change.ts';
import type { FleetShape, StreamBatch } from './ledger-stream.ts';

/** Behind every event of the fleet. */
const FIRST_SEQUENCE = 10_000_000;
const LATE = Date.parse('2026-03-01T12:00:00.000Z');

/**
 * What makes a fleet that is through its rollout like real ones: of each thousand devices one is still
 * downloading, and one came back with its old firmware. They are beside the fleet's own devices.
 */
export function lateDevices({ devices, partitions }: FleetShape): StreamBatch[] {
  const each = Math.ceil(devices / 1000);
  const steps = Array.from({ length: each }, (_, i) => [
    ['Downloading', `working-${i}`],
    ['Applying', `reverted-${i}`],
    ['Current', `reverted-${i}`],
  ]).flat();
  const batches = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    events: [] as RawTwinEvent[],
  }));
  for (const [i, [status = '', deviceId = '']] of steps.entries()) {
    const events = batches[eventPartition(deviceId, partitions)]?.events;
    events?.push(lateEvent(deviceId, status, i, FIRST_SEQUENCE + events.length));
  }
  return batches.filter(({ events }) => events.length > 0);
}

function lateEvent(deviceId: string, status: string, order: number, sequenceNumber: number): RawTwinEvent {
  const enqueuedAt = new Date(LATE + order).toISOString();
  const firmware = {
    type: 'IoTDevKit',
    currentFwVersion: '1.0.0',
    pendingFwVersion: status === 'Current' ? '' : '1.0.1',
    fwUpdateStatus: status,
    fwUpdateSubstatus: '',
  };
  const version = order + 2;
  return {
    body: { version, properties: { reported: { firmware, $version: version } } },
    properties: {
      deviceId,
      opType: 'updateTwin',
      operationTimestamp: enqueuedAt,
      'iothub-message-schema': 'twinChangeNotification',
    },
    systemProperties: {},
    sequenceNumber,
    enqueuedAt,
  };
}
