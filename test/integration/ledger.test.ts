import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import type { Rollout } from '../../src/shared/rollout/rollout.ts';
import { Ledger } from '../../src/shared/status/ledger.ts';
import { LedgerReads } from '../../src/shared/status/ledger-reads.ts';
import { recountShard } from '../../src/shared/status/recount.ts';

let azurite: RunningAzurite;
let updates: TableClient;
let deadLetters: TableClient;

beforeAll(async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  updates = await table('deviceupdates');
  deadLetters = await table('deadletters');
});
afterAll(() => azurite.close());

async function table(name: string): Promise<TableClient> {
  const client = TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
  await client.createTable();
  return client;
}

const rollout: Rollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  createdAt: '2026-01-01T00:00:00.000Z',
  shards: 4,
};

let sequence = 0;
function event(deviceId: string, version: number, firmware: Record<string, unknown>) {
  sequence += 1;
  const at = new Date(Date.parse('2026-01-01T01:00:00Z') + sequence * 1000).toISOString();
  return {
    body: { version, properties: { reported: { firmware, $version: version } } },
    properties: {
      deviceId,
      hubName: 'hub',
      opType: 'updateTwin',
      operationTimestamp: at,
      'iothub-message-schema': 'twinChangeNotification',
    },
    systemProperties: { 'iothub-connection-device-id': deviceId },
    sequenceNumber: sequence,
    enqueuedAt: at,
  };
}
const report = (status: string, current: string, pending: string, substatus = '') => ({
  type: 'IoTDevKit',
  currentFwVersion: current,
  pendingFwVersion: pending,
  fwUpdateStatus: status,
  fwUpdateSubstatus: substatus,
});

describe('the ledger on Azurite', () => {
  test('records a device from the download to the new version', async () => {
    const ledger = new Ledger({
      updates,
      deadLetters,
      directory: { ofDeviceType: async () => [rollout] },
      defaultDeviceType: 'IoTDevKit',
    });
    const events = [
      event('press#17', 2, report('Downloading', '1.0.0', '1.0.1', 'https://h/x.bin?sv=1&sig=abc')),
      event('press-18', 2, report('Downloading', '1.0.0', '1.0.1')),
      event('press#17', 3, report('Applying', '1.0.0', '1.0.1')),
      event('press-18', 3, report('Error', '1.0.0', '1.0.1', 'VerifyFailed')),
      event('press#17', 4, report('Current', '1.0.1', '')),
      event('press-18', 4, { fwUpdateStatus: 'exploded' }),
    ];
    const batch = { stream: 'ns/hub', partition: '0', events };
    console.log(await ledger.recordBatch(batch));
    console.log(await ledger.recordBatch(batch));
    const reads = new LedgerReads(updates);
    console.log(await reads.countsOf(rollout));
    console.log(JSON.stringify(await reads.deviceUpdate(rollout, 'press#17'), null, 1));
    console.log(await reads.devicesOf(rollout, { limit: 1 }));
    console.log(await reads.devicesOf(rollout, { limit: 10, state: 'Failed' }));
    for (let shard = 0; shard < 4; shard++) console.log(await recountShard(updates, rollout, shard, new Date()));
    for await (const row of deadLetters.listEntities()) console.log(row);
    expect(1).toBe(1);
  });
});
