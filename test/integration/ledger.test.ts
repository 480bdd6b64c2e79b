import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import type { Rollout } from '../../src/shared/rollout/rollout.ts';
import { eventPartition } from '../../src/shared/status/event-partition.ts';
import { type BatchOutcome, Ledger } from '../../src/shared/status/ledger.ts';
import { LedgerReads } from '../../src/shared/status/ledger-reads.ts';
import { recountShard } from '../../src/shared/status/recount.ts';
import type { RawTwinEvent } from '../../src/shared/status/twin-change.ts';

const PARTITIONS = 4;
const STREAM = 'ns.servicebus.windows.net/twins';

let azurite: RunningAzurite;
let updates: TableClient;
let deadLetters: TableClient;
let rollouts = 0;
let rollout: Rollout;
let logs: RawTwinEvent[][];

beforeAll(async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  updates = await openTable('deviceupdates');
  deadLetters = await openTable('deadletters');
});
afterAll(() => azurite.close());

beforeEach(() => {
  rollouts += 1;
  logs = Array.from({ length: PARTITIONS }, () => []);
  rollout = {
    id: `fw-iotdevkit-1-0-${rollouts}`,
    deviceType: 'IoTDevKit',
    version: '1.0.1',
    createdAt: '2026-03-01T00:00:00.000Z',
    shards: PARTITIONS,
  };
});

async function openTable(name: string): Promise<TableClient> {
  const client = TableClient.fromConnectionString(azurite.connectionString, name, {
    allowInsecureConnection: true,
  });
  await client.createTable();
  return client;
}

/** A new instance of the app, which remembers nothing. */
function newLedger(): Ledger {
  const directory = { ofDeviceType: async () => [rollout] };
  return new Ledger({ updates, deadLetters, directory, defaultDeviceType: 'IoTDevKit' });
}

/** Puts a device's report into the Event Hub partition of the device. */
function send(deviceId: string, version: number, firmware: Record<string, unknown>): void {
  const log = logs[eventPartition(deviceId, PARTITIONS)] ?? [];
  const enqueuedAt = new Date(Date.parse('2026-03-01T10:00:00Z') + version * 1000).toISOString();
  log.push({
    body: { version, properties: { reported: { firmware, $version: version } } },
    properties: {
      deviceId,
      operationTimestamp: enqueuedAt,
      'iothub-message-schema': 'twinChangeNotification',
    },
    systemProperties: {},
    sequenceNumber: log.length,
    enqueuedAt,
  });
}

const firmware = (fwUpdateStatus: string, currentFwVersion = '1.0.0', fwUpdateSubstatus = '') => ({
  type: 'IoTDevKit',
  currentFwVersion,
  pendingFwVersion: fwUpdateStatus === 'Current' ? '' : '1.0.1',
  fwUpdateStatus,
  fwUpdateSubstatus,
});

async function record(ledger: Ledger, size = 297): Promise<readonly BatchOutcome[]> {
  const outcomes: BatchOutcome[] = [];
  for (const [partition, log] of logs.entries()) {
    for (let i = 0; i < log.length; i += size) {
      const events = log.slice(i, i + size);
      outcomes.push(await ledger.recordBatch({ stream: STREAM, partition: String(partition), events }));
    }
  }
  return outcomes;
}

const sum = (outcomes: readonly BatchOutcome[], figure: 'recorded' | 'requests' | 'events' | 'conflicts') =>
  outcomes.reduce((total, outcome) => total + outcome[figure], 0);

describe('a device’s way to the new version', () => {
  test('is recorded once, with its history and without the secret of the download', async () => {
    send("it's#17?", 2, firmware('Downloading', '1.0.0', 'https://h/x.bin?sv=1&sig=s3cret'));
    send("it's#17?", 3, firmware('Applying'));
    send("it's#17?", 4, firmware('Current', '1.0.1'));
    expect(sum(await record(newLedger()), 'recorded')).toBe(3);
    expect(sum(await record(newLedger()), 'recorded')).toBe(0);

    const detail = await new LedgerReads(updates).deviceUpdate(rollout, "it's#17?");
    expect(detail).toMatchObject({ deviceId: "it's#17?", state: 'Succeeded', attempt: 1, missed: 0 });
    expect(detail?.history.map(({ version, state }) => [version, state])).toEqual([
      [2, 'Downloading'],
      [3, 'Applying'],
      [4, 'Succeeded'],
    ]);
    expect(JSON.stringify(detail)).toContain('sig=REDACTED');
    expect(JSON.stringify(detail)).not.toContain('s3cret');
  });

  test('is whole however long it is', async () => {
    const versions = Array.from({ length: 450 }, (_, i) => i + 1);
    for (const version of versions) send('chatty', version, firmware('Downloading'));
    await record(newLedger(), 120);
    const detail = await new LedgerReads(updates).deviceUpdate(rollout, 'chatty');
    expect(detail?.history.map(({ version }) => version)).toEqual(versions);
  });

  test('of a device that never reported is not known', async () => {
    expect(await new LedgerReads(updates).deviceUpdate(rollout, 'silent')).toBeUndefined();
  });
});

describe('a fleet', () => {
  const ids = Array.from({ length: 200 }, (_, i) => `press-${i}`);
  const sendFleet = (): void => {
    for (const id of ids) send(id, 2, firmware('Downloading'));
    for (const id of ids) send(id, 3, firmware('Applying'));
    for (const [i, id] of ids.entries()) {
      send(id, 4, i % 10 === 0 ? firmware('Error', '1.0.0', 'VerifyFailed') : firmware('Current', '1.0.1'));
    }
  };

  test('is counted, by few requests, and costs next to nothing the second time', async () => {
    sendFleet();
    const outcomes = await record(newLedger(), 297);
    expect(outcomes.every(({ hintHitRate }) => hintHitRate === 1)).toBe(true);
    expect(sum(outcomes, 'conflicts')).toBe(0);
    // A rollout of two hundred is too small for the goal of a million: two requests a partition are its beginning.
    expect(sum(outcomes, 'requests')).toBeLessThanOrEqual(3 * PARTITIONS);
    const { byState, seen } = await new LedgerReads(updates).countsOf(rollout);
    expect(seen).toBe(200);
    expect(byState).toMatchObject({ Downloading: 0, Applying: 0, Succeeded: 180, Failed: 20 });

    const again = await record(newLedger(), 297);
    expect(sum(again, 'recorded')).toBe(0);
    expect(sum(again, 'requests')).toBe(PARTITIONS);
  });

  test('is exact where two instances record the same partition at once', async () => {
    sendFleet();
    const both = await Promise.all([record(newLedger(), 60), record(newLedger(), 45)]);
    expect(sum(both.flat(), 'recorded')).toBe(600);
    expect((await new LedgerReads(updates).countsOf(rollout)).byState).toMatchObject({
      Succeeded: 180,
      Failed: 20,
    });
  });

  test('is listed page by page, each device once, by state or all', async () => {
    sendFleet();
    await record(newLedger());
    const reads = new LedgerReads(updates);
    const listed = async (state?: 'Failed' | 'Succeeded' | 'Reverted') => {
      const found: string[] = [];
      let continuation: string | undefined;
      do {
        const page = await reads.devicesOf(rollout, { state, limit: 64, continuation });
        expect(page.devices.length).toBeLessThanOrEqual(64);
        found.push(...page.devices.map(({ deviceId }) => deviceId));
        ({ continuation } = page);
      } while (continuation !== undefined);
      return found.toSorted();
    };
    expect(await listed()).toEqual(ids.toSorted());
    expect(await listed('Failed')).toEqual(ids.filter((_, i) => i % 10 === 0).toSorted());
    expect(await listed('Succeeded')).toEqual(ids.filter((_, i) => i % 10 !== 0).toSorted());
    expect(await listed('Reverted')).toEqual([]);
  });
});

describe('a recount', () => {
  test('finds nothing where nobody has meddled', async () => {
    send('press-1', 2, firmware('Error', '1.0.0', 'DeviceError'));
    await record(newLedger());
    const shard = eventPartition('press-1', PARTITIONS);
    expect(await recountShard(updates, rollout, shard, new Date())).toMatchObject({
      kind: 'exact',
      counts: { Failed: 1 },
    });
  });

  test('finds and heals counts and an index that do not agree with the rows', async () => {
    send('press-1', 2, firmware('Error', '1.0.0', 'DeviceError'));
    await record(newLedger());
    const shard = eventPartition('press-1', PARTITIONS);
    const partitionKey = `${rollout.id}|00${shard}`;
    await updates.deleteEntity(partitionKey, 'f|press-1');
    await updates.createEntity({ partitionKey, rowKey: 'c|somebody|0', Failed: 4, Reverted: -2 });

    expect(await recountShard(updates, rollout, shard, new Date())).toMatchObject({
      kind: 'drifted',
      drift: { Failed: 4, Reverted: -2, Succeeded: 0 },
      index: { missing: [{ state: 'Failed', deviceId: 'press-1' }], extra: [] },
      healed: true,
    });
    expect(await recountShard(updates, rollout, shard, new Date())).toMatchObject({ kind: 'exact' });
    expect((await new LedgerReads(updates).countsOf(rollout)).byState).toMatchObject({
      Failed: 1,
      Reverted: 0,
    });
    expect(
      (await new LedgerReads(updates).devicesOf(rollout, { state: 'Failed', limit: 9 })).devices,
    ).toHaveLength(1);
  });

  test('leaves the ledger able to write: the guards of the correction cost one conflict', async () => {
    const ledger = newLedger();
    send('press-1', 2, firmware('Downloading'));
    await record(ledger);
    const shard = eventPartition('press-1', PARTITIONS);
    await updates.createEntity({
      partitionKey: `${rollout.id}|00${shard}`,
      rowKey: 'c|somebody|0',
      Applying: 1,
    });
    await recountShard(updates, rollout, shard, new Date());
    send('press-1', 3, firmware('Applying'));
    const next = logs[shard]?.slice(1) ?? [];
    expect(
      await ledger.recordBatch({ stream: STREAM, partition: String(shard), events: next }),
    ).toMatchObject({
      recorded: 1,
      conflicts: 1,
    });
  });
});

test('what can never be understood is kept with its reason and without its secrets, and blocks nothing', async () => {
  send('press-1', 2, {
    ...firmware('Downloading'),
    fwUpdateStatus: 'exploded',
    note: 'https://h/x?sig=s3cret',
  });
  send('press-1', 3, firmware('Applying'));
  const outcome = (await record(newLedger())).find(({ events }) => events > 0);
  expect(outcome).toMatchObject({ deadLettered: 1, recorded: 1 });
  const letters = [];
  for await (const letter of deadLetters.listEntities({
    queryOptions: { filter: "PartitionKey eq '2026-03-01'" },
  })) {
    letters.push(letter);
  }
  expect(letters).toEqual([
    expect.objectContaining({
      code: 'unknown-status',
      deviceId: 'press-1',
      body: expect.stringContaining('exploded'),
    }),
  ]);
  expect(JSON.stringify(letters)).not.toContain('s3cret');
});
