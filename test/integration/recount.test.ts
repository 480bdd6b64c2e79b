import { TableClient } from '@azure/data-tables';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { eventPartition } from '../../src/shared/status/event-partition.ts';
import { type RecountParts, recountInTurn, type ShardTurn } from '../../src/shared/status/recount-run.ts';
import { RecountStore } from '../../src/shared/status/recount-store.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';

interface Served {
  readonly counts: Readonly<Record<string, number>>;
  readonly recount?: { readonly drift: number; readonly healings: number; readonly recountedAt: string };
}

describe('a recount of what devices have reported', () => {
  let app: ApiAtHand;
  let updates: TableClient;
  let parts: RecountParts;

  beforeAll(async () => {
    app = await ApiAtHand.start();
  });
  afterAll(() => app.close());

  beforeEach(async () => {
    const table = (name: string) =>
      TableClient.fromConnectionString(app.azurite.connectionString, name, { allowInsecureConnection: true });
    updates = table('deviceupdates');
    const recounts = new RecountStore(async () => table('rollouts'));
    parts = { rollouts: app.rollouts, recounts, updates: async () => updates };
  });

  async function run(at: string): Promise<ShardTurn[]> {
    const turns: ShardTurn[] = [];
    for await (const turn of recountInTurn(parts, new Date(at), 1000)) turns.push(turn);
    return turns;
  }
  const served = async () => (await app.api.ask(`/api/rollouts/${ROLLOUT}`)).json() as unknown as Served;

  test('tells nothing before it was done, then that the counts are right', async () => {
    await app.release('1.0.1', '2026-03-01T09:00:00.000Z');
    const ids = Array.from({ length: 60 }, (_, i) => `press-${i}`);
    await app.record(ids.map((id) => twinChange(id, { version: 2, status: 'Downloading' })));
    await app.record(ids.slice(0, 5).map((id) => twinChange(id, { version: 3, status: 'Error' })));
    expect((await served()).recount).toBeUndefined();

    const turns = await run('2026-03-02T10:00:00.000Z');
    expect(turns.map(({ kind }) => kind)).toEqual(['exact', 'exact', 'exact', 'exact']);
    expect((await served()).recount).toEqual({
      drift: 0,
      healings: 0,
      recountedAt: '2026-03-02T10:00:00.000Z',
    });
  });

  test('heals counts that somebody has meddled with, and tells of it', async () => {
    const shard = eventPartition('press-0', 4);
    const row = { partitionKey: `${ROLLOUT}|00${shard}`, rowKey: 'c|somebody|0', Failed: 4, Downloading: -3 };
    await updates.createEntity(row);
    expect((await served()).counts).toMatchObject({ Failed: 9, Downloading: 52 });

    const turns = await run('2026-03-02T10:05:00.000Z');
    expect(turns.find((turn) => turn.shard === shard)).toMatchObject({
      kind: 'drifted',
      drift: { Failed: 4, Downloading: -3 },
      healed: true,
    });
    expect(await served()).toMatchObject({
      counts: { Failed: 5, Downloading: 55 },
      recount: { drift: 7, healings: 1, recountedAt: '2026-03-02T10:05:00.000Z' },
    });

    await run('2026-03-02T10:10:00.000Z');
    expect((await served()).recount).toMatchObject({ drift: 0, healings: 1 });
  });

  test('of two instances at once heals once', async () => {
    for (const shard of [0, 1, 2, 3]) {
      await updates.createEntity({
        partitionKey: `${ROLLOUT}|00${shard}`,
        rowKey: 'c|somebody|1',
        Reverted: 1,
      });
    }
    const runs = await Promise.all([run('2026-03-02T10:15:00.000Z'), run('2026-03-02T10:15:00.001Z')]);
    expect(runs.flat().filter(({ kind }) => kind === 'drifted')).toHaveLength(4);
    expect(await served()).toMatchObject({ counts: { Reverted: 0 }, recount: { healings: 5 } });
  });
});

describe('the running app', () => {
  let cloud: TestCloud;
  let fleet: FleetProcess | undefined;

  afterEach(async () => {
    await fleet?.stop();
    await cloud.close();
  });

  test('finds and heals drift by its timer, and has recorded every twin change in the end', async () => {
    cloud = await TestCloud.start({ settings: { LEDGER_RECOUNT_SCHEDULE: '* * * * * *' } });
    fleet = await startFleetProcess(cloud.cloud, {
      devices: 5,
      speed: 100,
      faults: {},
      onMessage: () => undefined,
    });
    await cloud.drop('FirmwareOTA-1.0.1.bin', buildFirmwareImage({ version: '1.0.1', size: 8192 }));
    await eventually('all devices have the new version', async () => {
      const { counts } = await cloud.get<Served>(`/rollouts/${ROLLOUT}`);
      return counts['Succeeded'] === 5 || undefined;
    });

    await TableClient.fromConnectionString(cloud.cloud.endpoints.storage, 'deviceupdates', {
      allowInsecureConnection: true,
    }).createEntity({ partitionKey: `${ROLLOUT}|000`, rowKey: 'c|somebody|0', Failed: 2 });
    const healed = await eventually('the drift is healed', async () => {
      const rollout = await cloud.get<Served>(`/rollouts/${ROLLOUT}`);
      return rollout.recount?.healings === 1 && rollout.counts['Failed'] === 0 ? rollout : undefined;
    });
    expect(healed.counts).toMatchObject({ Succeeded: 5, Failed: 0 });
    const told = cloud.lines.map(({ message }) => message).filter((line) => line.includes('"ledger-drift"'));
    expect(told.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: 'ledger-drift', rollout: ROLLOUT, shard: 0, drift: { Failed: 2 }, healed: true },
    ]);

    const checks = await eventually('nothing waits to be recorded', async () => {
      const ready = await cloud.get<{ checks: Record<string, { ok: boolean; lag?: number }> }>(
        '/health/ready',
      );
      return ready.checks['twinEvents']?.lag === 0 ? ready.checks : undefined;
    });
    expect(checks['twinEvents']).toEqual({ ok: true, lag: 0 });
  });
});
