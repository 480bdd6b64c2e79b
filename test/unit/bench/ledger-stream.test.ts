import { describe, expect, test } from 'vitest';
import { benchRollouts, fleetBatches, type FleetShape } from '../../../bench/ledger-stream.ts';
import { eventPartition } from '../../../src/shared/status/event-partition.ts';
import { type DeviceReport, readTwinChange } from '../../../src/shared/status/twin-change.ts';

const shape: FleetShape = { devices: 400, rollouts: 2, partitions: 4, batch: 99, seed: 1, failed: 'left' };
const batches = [...fleetBatches(shape)];
const reports = batches.flatMap(({ events }) => events.map(reportOf));

function reportOf(event: Parameters<typeof readTwinChange>[0]): DeviceReport {
  const change = readTwinChange(event);
  if (change.kind !== 'report') throw new Error(`The bench made an event that is ${change.kind}`);
  return change.report;
}

function ofDevice(deviceId: string, of: readonly DeviceReport[]): DeviceReport[] {
  return of.filter((report) => report.deviceId === deviceId);
}

describe('the stream of the ledger bench', () => {
  test('holds reports that the ledger understands, of every device and rollout', () => {
    expect(new Set(reports.map(({ deviceId }) => deviceId)).size).toBe(400);
    expect(new Set(reports.map(({ firmware }) => firmware.pendingVersion))).toEqual(
      new Set(['1.0.1', '1.0.2', undefined]),
    );
    expect(benchRollouts(shape).map(({ version }) => version)).toEqual(['1.0.2', '1.0.1']);
  });

  test('puts a device where the hub would put it', () => {
    for (const { partition, events } of batches) {
      for (const event of events) expect(eventPartition(reportOf(event).deviceId, 4)).toBe(partition);
    }
  });

  test('is in the order of each partition, without a hole, in full batches but for the last', () => {
    for (let partition = 0; partition < 4; partition += 1) {
      const own = batches.filter((batch) => batch.partition === partition);
      const sequence = own.flatMap(({ events }) => events.map(({ sequenceNumber }) => sequenceNumber));
      expect(sequence).toEqual(sequence.map((_, index) => index));
      expect(own.slice(0, -1).every(({ events }) => events.length === 99)).toBe(true);
    }
  });

  test('lets a device report growing versions, one after the other in time', () => {
    const own = ofDevice('devkit-000007', reports);
    expect(own.map(({ version }) => version)).toEqual(own.map((_, index) => index + 2));
    expect(own.map(({ hubTime }) => hubTime)).toEqual(own.map(({ hubTime }) => hubTime).toSorted());
  });

  test('lets one device in a hundred fail, and try again where that is asked for', () => {
    const failures = (of: readonly DeviceReport[]) =>
      of.filter(({ firmware }) => firmware.status === 'Error');
    const [failed] = failures(reports);
    expect(failures(reports).length).toBeGreaterThan(0);
    expect(failures(reports).length).toBeLessThan(40);
    const retried = [...fleetBatches({ ...shape, failed: 'retried' })].flatMap(({ events }) =>
      events.map(reportOf),
    );
    const [again] = failures(retried);
    const statuses = (id: string | undefined, of: readonly DeviceReport[]) =>
      ofDevice(id ?? '', of)
        .map(({ firmware }) => firmware.status)
        .join(' ');
    expect(statuses(failed?.deviceId, reports)).toMatch(/Downloading Error(?: Downloading|$)/);
    expect(statuses(again?.deviceId, retried)).toContain('Downloading Error Downloading Applying Current');
  });

  test('lets a device that failed go on from the version that it still runs', () => {
    const failed = reports.find(
      ({ firmware }) => firmware.status === 'Error' && firmware.pendingVersion === '1.0.1',
    );
    const next = ofDevice(failed?.deviceId ?? '', reports).find(
      ({ firmware }) => firmware.pendingVersion === '1.0.2',
    );
    expect(next?.firmware.currentVersion).toBe('1.0.0');
  });

  test('is the same for the same seed, and another for another', () => {
    expect([...fleetBatches(shape)]).toEqual(batches);
    expect([...fleetBatches({ ...shape, seed: 2 })]).not.toEqual(batches);
  });
});
