import { beforeEach, describe, expect, test } from 'vitest';
import { TableAccess } from '../../../src/shared/azure/table-access.ts';
import { readFailures } from '../../../src/shared/status/failure-reads.ts';
import { Ledger } from '../../../src/shared/status/ledger.ts';
import { LedgerReads } from '../../../src/shared/status/ledger-reads.ts';
import { recountShard } from '../../../src/shared/status/recount.ts';
import { TableDouble } from '../../faults/table-double.ts';
import { downloading, twinEvent } from './twin-event.ts';

const rollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  createdAt: '2026-03-01T00:00:00.000Z',
  shards: 1,
};
const PARTITION = 'fw-iotdevkit-1-0-1|000';
const statuses = {
  failed: { fwUpdateStatus: 'Error', fwUpdateSubstatus: 'VerifyFailed' },
  applying: { fwUpdateStatus: 'Applying' },
  reverted: { fwUpdateStatus: 'Current', pendingFwVersion: '' },
  downloading: {},
} as const;

let table: TableDouble;
let ledger: Ledger;
let reads: LedgerReads;
let sequence: number;

beforeEach(() => {
  table = new TableDouble();
  sequence = 0;
  reads = new LedgerReads(table.connect());
  ledger = new Ledger({
    updates: table.connect(),
    deadLetters: new TableDouble().connect(),
    directory: { ofDeviceType: async () => [rollout] },
    defaultDeviceType: 'IoTDevKit',
  });
});

async function report(deviceId: string, version: number, status: keyof typeof statuses): Promise<void> {
  const { body, properties, ...rest } = twinEvent({ ...downloading, ...statuses[status] });
  const reported = { firmware: { ...downloading, ...statuses[status] }, $version: version };
  const event = {
    ...rest,
    body: { ...(body as object), properties: { reported } },
    properties: { ...properties, deviceId },
    sequenceNumber: (sequence += 1),
  };
  await ledger.recordBatch({ stream: 'ns/hub', partition: '0', events: [event] });
}

const idsOf = async (state: 'Failed' | 'Reverted') =>
  (await reads.devicesOf(rollout, { state, limit: 100 })).devices.map(({ deviceId }) => deviceId);
const change = async (...actions: Parameters<ReturnType<TableDouble['connect']>['submitTransaction']>[0]) =>
  table.connect().submitTransaction(actions);

describe('the indexes of failed and of reverted devices', () => {
  test('follow each device from state to state', async () => {
    await report('a', 2, 'applying');
    await report('a', 3, 'reverted');
    await report('b', 2, 'failed');
    expect([await idsOf('Failed'), await idsOf('Reverted')]).toEqual([['b'], ['a']]);
    await report('a', 4, 'failed');
    await report('b', 3, 'downloading');
    expect([await idsOf('Failed'), await idsOf('Reverted')]).toEqual([['a'], []]);
  });

  test('show a failed device as its newest report leaves it', async () => {
    await report('a', 2, 'failed');
    await report('a', 5, 'failed');
    const [row] = (await reads.devicesOf(rollout, { state: 'Failed', limit: 100 })).devices;
    const detail = await reads.deviceUpdate(rollout, 'a');
    expect(row).toMatchObject({ reportedVersion: 5, missed: 2, reason: 'VerifyFailed' });
    expect(detail).toMatchObject({ ...row });
  });

  test('give a page of a hundred devices in one read', async () => {
    for (let i = 0; i < 130; i += 1) await report(`device-${String(i).padStart(3, '0')}`, 2, 'failed');
    let calls = 0;
    const counting = table.connect({ fate: () => ((calls += 1) > 0 ? 'ok' : 'ok') });
    const page = await new LedgerReads(counting).devicesOf(rollout, { state: 'Failed', limit: 100 });
    expect([page.devices.length, calls]).toEqual([100, 1]);
  });

  test('are mended by a recount where entries are missing, too many or of an earlier report', async () => {
    await report('lost', 2, 'failed');
    await report('stale', 2, 'failed');
    await report('fell-back', 2, 'applying');
    await report('fell-back', 3, 'reverted');
    await report('works', 2, 'downloading');
    await change(
      ['delete', { partitionKey: PARTITION, rowKey: 'f|lost' }],
      ['update', { partitionKey: PARTITION, rowKey: 'f|stale', entries: 0, reason: 'old' }, 'Merge'],
      ['delete', { partitionKey: PARTITION, rowKey: 'r|fell-back' }],
      ['upsert', { partitionKey: PARTITION, rowKey: 'r|works', entries: 1 }, 'Replace'],
    );
    const found = await recountShard(table.connect(), rollout, 0, new Date(0));
    expect(found).toMatchObject({
      kind: 'drifted',
      healed: true,
      index: {
        missing: [
          { state: 'Reverted', deviceId: 'fell-back' },
          { state: 'Failed', deviceId: 'lost' },
          { state: 'Failed', deviceId: 'stale' },
        ],
        extra: [{ state: 'Reverted', deviceId: 'works' }],
      },
    });
    expect(await recountShard(table.connect(), rollout, 0, new Date(0))).toMatchObject({ kind: 'exact' });
    expect([await idsOf('Failed'), await idsOf('Reverted')]).toEqual([['lost', 'stale'], ['fell-back']]);
    expect((await reads.failuresOf(rollout)).groups.map(({ reason }) => reason)).toEqual([
      'VerifyFailed',
      '',
    ]);
  });

  test('are read up to a bound for groups, which then say so', async () => {
    for (let i = 0; i < 30; i += 1) await report(`device-${i}`, 2, 'failed');
    const slow = table.connect({ pageSize: () => 2 });
    const access = new TableAccess(slow);
    expect(await readFailures(access, rollout)).toMatchObject({ groups: [{ devices: 24 }], truncated: true });
    expect(access.requests).toBe(13);
    expect(await reads.failuresOf(rollout)).toMatchObject({ groups: [{ devices: 30 }], truncated: false });
  });
});
