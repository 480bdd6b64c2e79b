import { seededRandom } from '../local/devkit/seeded-random.ts';
import type { Rollout } from '../src/shared/rollout/rollout.ts';
import { eventPartition } from '../src/shared/status/event-partition.ts';
import type { RawTwinEvent } from '../src/shared/status/twin-change.ts';

export interface FleetShape {
  readonly devices: number;
  /** One after the other, each to the whole fleet: 1.0.1, 1.0.2, … */
  readonly rollouts: number;
  readonly partitions: number;
  /** Events in a full batch. */
  readonly batch: number;
  readonly seed: number;
}

/** Events of one Event Hub partition, in its order, in batches as a function gets them. */
export interface StreamBatch {
  readonly partition: number;
  readonly events: readonly RawTwinEvent[];
}

/** The hub of one S2 unit gives the new firmware to this many twins a second. */
const STARTS_PER_SECOND = 50;
/** A device downloads and checks for so long, and then counts down and boots. */
const DOWNLOAD_MS = { least: 15_000, most: 75_000 };
const REBOOT_MS = { least: 10_000, most: 30_000 };
const FAILING = 0.01;
const START = Date.parse('2026-03-01T00:00:00.000Z');
const BETWEEN_ROLLOUTS_MS = 24 * 3600 * 1000;

/** The rollouts of the stream, newest first. */
export function benchRollouts({ rollouts, partitions }: FleetShape): Rollout[] {
  const oldestFirst = Array.from({ length: rollouts }, (_, index): Rollout => ({
    id: `fw-iotdevkit-1-0-${index + 1}`,
    deviceType: 'IoTDevKit',
    version: `1.0.${index + 1}`,
    createdAt: new Date(START + index * BETWEEN_ROLLOUTS_MS).toISOString(),
    shards: partitions,
  }));
  return oldestFirst.toReversed();
}

/**
 * What a fleet of DevKits reports while it goes through its rollouts: Downloading, Applying, Current; one
 * device in a hundred Downloading, Error. A device's id decides its partition, as with a real hub. The
 * batches are full ones, as with a backlog, and go round the partitions.
 */
export function* fleetBatches(shape: FleetShape): Generator<StreamBatch> {
  const logs = partitionLogs(shape);
  const longest = Math.max(...logs.map((log) => log.length));
  for (let from = 0; from < longest; from += shape.batch) {
    for (const [partition, log] of logs.entries()) {
      const changes = log.slice(from, from + shape.batch);
      if (changes.length === 0) continue;
      yield { partition, events: changes.map((change, index) => rawEvent(change, from + index)) };
    }
  }
}

type Status = 'Downloading' | 'Applying' | 'Current' | 'Error';

/** Small, since there are many: the event itself is made when its batch is. */
interface Change {
  readonly at: number;
  readonly deviceId: string;
  readonly version: number;
  readonly status: Status;
  /** The number of the rollout, from 1; the device comes from the one before. */
  readonly rollout: number;
}

function partitionLogs({ devices, rollouts, partitions, seed }: FleetShape): Change[][] {
  const random = seededRandom(seed);
  const between = ({ least, most }: typeof DOWNLOAD_MS): number => least + random() * (most - least);
  const logs: Change[][] = Array.from({ length: partitions }, () => []);
  const versions = new Map<string, number>();
  for (let rollout = 1; rollout <= rollouts; rollout += 1) {
    for (let device = 0; device < devices; device += 1) {
      const deviceId = `devkit-${String(device).padStart(6, '0')}`;
      const log = logs[eventPartition(deviceId, partitions)];
      const startAt =
        START + (rollout - 1) * BETWEEN_ROLLOUTS_MS + random() * (devices / STARTS_PER_SECOND) * 1000;
      const endAt = startAt + between(DOWNLOAD_MS);
      const bootAt = endAt + between(REBOOT_MS);
      const steps: [Status, number][] =
        random() < FAILING
          ? [
              ['Downloading', startAt],
              ['Error', endAt],
            ]
          : [
              ['Downloading', startAt],
              ['Applying', endAt],
              ['Current', bootAt],
            ];
      for (const [status, at] of steps) {
        const version = (versions.get(deviceId) ?? 1) + 1;
        versions.set(deviceId, version);
        log?.push({ at, deviceId, version, status, rollout });
      }
    }
  }
  for (const log of logs) log.sort((a, b) => a.at - b.at);
  return logs;
}

function rawEvent({ at, deviceId, version, status, rollout }: Change, sequenceNumber: number): RawTwinEvent {
  const time = new Date(at).toISOString();
  const target = `1.0.${rollout}`;
  const firmware = {
    type: 'IoTDevKit',
    currentFwVersion: status === 'Current' ? target : `1.0.${rollout - 1}`,
    pendingFwVersion: status === 'Current' ? '' : target,
    fwUpdateStatus: status,
    fwUpdateSubstatus: substatus(status, target),
    lastFwUpdateStartTime: status === 'Current' ? '' : time,
    lastFwUpdateEndTime: status === 'Applying' ? time : '',
  };
  const metadata = { $lastUpdated: time, firmware: { $lastUpdated: time } };
  return {
    body: {
      version: version + 1,
      properties: { reported: { firmware, $metadata: metadata, $version: version } },
    },
    properties: {
      deviceId,
      hubName: 'bench-hub',
      opType: 'updateTwin',
      operationTimestamp: time,
      'iothub-message-schema': 'twinChangeNotification',
    },
    systemProperties: {
      'iothub-connection-device-id': deviceId,
      'iothub-enqueuedtime': time,
      'iothub-message-source': 'twinChangeEvents',
    },
    sequenceNumber,
    enqueuedAt: time,
  };
}

function substatus(status: Status, target: string): string {
  if (status === 'Error') return 'VerifyFailed';
  return status === 'Downloading'
    ? `https://fwbench.blob.core.windows.net/releases/IoTDevKit/${target}-0123456789ab.bin`
    : '';
}
