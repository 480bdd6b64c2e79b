import { setTimeout as sleep } from 'node:timers/promises';
import type { EventHubProducerClient } from '@azure/event-hubs';
import { eventPartition } from '../src/shared/status/event-partition.ts';
import { ROLLOUT } from './visible-cloud.ts';

const PARTITIONS = 4;
/** Events are sent so often, all that are due at once; a hub does not send each of them alone either. */
const TICK_MS = 50;
/** How long a watcher waits between two looks: the resolution of a latency. */
const LOOK_EVERY_MS = 20;
const LOST_AFTER_MS = 60_000;
const STATUSES = ['Downloading', 'Applying', 'Current'] as const;

/** One report of a device that is sent. */
export interface SentReport {
  readonly deviceId: string;
  readonly version: number;
}

/** A report that was sent did not become visible: the figures of such a run would be worth nothing. */
export class ReportNotVisibleError extends Error {
  readonly code = 'BENCH_REPORT_NOT_VISIBLE';
  constructor({ deviceId, version }: SentReport) {
    super(`Report ${version} of ${deviceId} was not to be seen within ${LOST_AFTER_MS / 1000} s`);
    this.name = 'ReportNotVisibleError';
  }
}

/** Sends reports as IoT Hub would, and looks at the API until they show there. */
export class ReportTraffic {
  readonly #producer: EventHubProducerClient;
  readonly #api: string;

  /** `api` is the address of the app. */
  constructor(producer: EventHubProducerClient, api: string) {
    this.#producer = producer;
    this.#api = api;
  }

  /**
   * Sends `seconds` of reports at an even rate. Of every `watchEvery` of them, one is watched: the
   * milliseconds from its sending until the API shows it.
   */
  async run(
    fleet: string,
    perSecond: number,
    seconds: number,
    watchEvery: number,
  ): Promise<readonly number[]> {
    const total = perSecond * seconds;
    const watched: Promise<number>[] = [];
    const start = performance.now();
    for (let sent = 0; sent < total;) {
      const due = Math.min(total, Math.ceil(((performance.now() - start) / 1000) * perSecond));
      const reports = Array.from({ length: due - sent }, (_, i) => reportOf(fleet, sent + i, total));
      const sentAt = performance.now();
      await this.#send(reports);
      for (const [i, report] of reports.entries()) {
        if ((sent + i) % watchEvery === 0) watched.push(this.#seen(report, sentAt));
      }
      sent = due;
      await sleep(TICK_MS);
    }
    return Promise.all(watched);
  }

  /** One report after the other, each when the one before is visible. */
  async oneByOne(fleet: string, reports: number): Promise<readonly number[]> {
    const latencies: number[] = [];
    for (let i = 0; i < reports; i += 1) {
      const report = reportOf(fleet, i, reports);
      const sentAt = performance.now();
      await this.#send([report]);
      latencies.push(await this.#seen(report, sentAt));
    }
    return latencies;
  }

  async #send(reports: readonly SentReport[]): Promise<void> {
    const partitions = new Map<number, SentReport[]>();
    for (const report of reports) {
      const partition = eventPartition(report.deviceId, PARTITIONS);
      partitions.set(partition, [...(partitions.get(partition) ?? []), report]);
    }
    await Promise.all(
      [...partitions].map(async ([partition, own]) =>
        this.#producer.sendBatch(own.map(eventOf), { partitionId: String(partition) }),
      ),
    );
  }

  async #seen(report: SentReport, sentAt: number): Promise<number> {
    while (performance.now() - sentAt < LOST_AFTER_MS) {
      const answer = await fetch(`${this.#api}/api/devices/${report.deviceId}`);
      if (answer.ok) {
        const { updates } = (await answer.json()) as {
          updates: { rolloutId: string; reportedVersion: number }[];
        };
        const update = updates.find(({ rolloutId }) => rolloutId === ROLLOUT);
        if (update && update.reportedVersion >= report.version) return performance.now() - sentAt;
      } else await answer.body?.cancel();
      await sleep(LOOK_EVERY_MS);
    }
    throw new ReportNotVisibleError(report);
  }
}

/** A third of the reports are devices' first ones, then the same devices go on: Downloading, Applying, Current. */
function reportOf(fleet: string, index: number, total: number): SentReport {
  const devices = Math.ceil(total / STATUSES.length);
  return { deviceId: `${fleet}-${index % devices}`, version: 2 + Math.floor(index / devices) };
}

function eventOf({ deviceId, version }: SentReport) {
  const status = STATUSES[version - 2] ?? 'Current';
  const firmware = {
    type: 'IoTDevKit',
    currentFwVersion: status === 'Current' ? '1.0.1' : '1.0.0',
    pendingFwVersion: status === 'Current' ? '' : '1.0.1',
    fwUpdateStatus: status,
    fwUpdateSubstatus: '',
  };
  return {
    body: { version, properties: { reported: { firmware, $version: version } } },
    contentType: 'application/json',
    properties: {
      deviceId,
      opType: 'updateTwin',
      operationTimestamp: new Date().toISOString(),
      'iothub-message-schema': 'twinChangeNotification',
    },
  };
}
