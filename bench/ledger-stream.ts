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
  /** What becomes of the one device in a hundred that fails: it tries again and succeeds, or stays `Failed`. */
  readonly failed: 'retried' | 'left';
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
/** Until somebody resets a device that failed. */
const RESET_MS = { least: 30_000, most: 120_000 };
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
 * device in a hundred Downloading, Error, and perhaps all of it again after a reset. A device's id decides its partition, as with a real hub. The
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
/** Milliseconds after the rollout's begin. */
type Step = [status: Status, at: number];

/** Small, since there are many: the event itself is made when its batch is. */
interface Change {
  readonly at: number;
  readonly deviceId: string;
  readonly version: number;
  readonly status: Status;
  /** The number of the rollout, from 1; also the last part of its version. */
  readonly rollout: number;
  /** The last part of the version that the device runs. */
  readonly running: number;
}

function partitionLogs(shape: FleetShape): Change[][] {
  const random = seededRandom(shape.seed);
  const logs: Change[][] = Array.from({ length: shape.partitions }, () => []);
  const versions = new Map<string, number>();
  const runs = new Map<string, number>();
  for (let rollout = 1; rollout <= shape.rollouts; rollout += 1) {
    const begin = START + (rollout - 1) * BETWEEN_ROLLOUTS_MS;
    for (let device = 0; device < shape.devices; device += 1) {
      const deviceId = `devkit-${String(device).padStart(6, '0')}`;
      const log = logs[eventPartition(deviceId, shape.partitions)];
      for (const [status, after] of stepsOfDevice(shape, random)) {
        const version = (versions.get(deviceId) ?? 1) + 1;
        versions.set(deviceId, version);
        if (status === 'Current') runs.set(deviceId, rollout);
        log?.push({
          at: begin + after,
          deviceId,
          version,
          status,
          rollout,
          running: runs.get(deviceId) ?? 0,
        });
      }
    }
  }
  for (const log of logs) log.sort((a, b) => a.at - b.at);
  return logs;
}

/** One device's way through one rollout. */
function stepsOfDevice({ devices, failed }: FleetShape, random: () => number): Step[] {
  const between = ({ least, most }: typeof DOWNLOAD_MS): number => least + random() * (most - least);
  const attempt = (start: number): Step[] => {
    const end = start + between(DOWNLOAD_MS);
    return [
      ['Downloading', start],
      ['Applying', end],
      ['Current', end + between(REBOOT_MS)],
    ];
  };
  const start = random() * (devices / STARTS_PER_SECOND) * 1000;
  if (random() >= FAILING) return attempt(start);
  const end = start + between(DOWNLOAD_MS);
  const failure: Step[] = [
    ['Downloading', start],
    ['Error', end],
  ];
  return failed === 'left' ? failure : [...failure, ...attempt(end + between(RESET_MS))];
}

function rawEvent(
  { at, deviceId, version, status, rollout, running }: Change,
  sequenceNumber: number,
): RawTwinEvent {
  const time = new Date(at).toISOString();
  const target = `1.0.${rollout}`;
  const firmware = {
    type: 'IoTDevKit',
    currentFwVersion: `1.0.${running}`,
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
