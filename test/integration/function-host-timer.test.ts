import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { eventually, startFixture, type TestHost } from './function-host-harness.ts';

const STATUS = 'timers/test-host/test-host.Functions.daily/status';
const HOUR = 3_600_000;

interface TimerInfo {
  isPastDue: boolean;
  schedule: { adjustForDST: boolean };
  scheduleStatus: { last: string; next: string; lastUpdated: string } | null;
}

describe('the timer trigger', () => {
  let azurite: RunningAzurite;
  let env: Record<string, string>;
  let hosts: ContainerClient;

  beforeAll(async () => {
    azurite = await startAzurite({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } });
    env = {
      AzureWebJobsStorage: azurite.connectionString,
      AzureFunctionsWebHost__hostid: 'test-host',
      DAILY: '0 0 3 * * *',
    };
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    hosts = service.getContainerClient('azure-webjobs-hosts');
  });
  afterAll(async () => azurite.close());

  const readStatus = async (): Promise<{ Last: string; Next: string; LastUpdated: string }> =>
    JSON.parse((await hosts.getBlobClient(STATUS).downloadToBuffer()).toString());
  const writeStatus = async (hoursAgo: number): Promise<void> => {
    const at = new Date(Date.now() - hoursAgo * HOUR).toISOString();
    const text = JSON.stringify({ Last: at, Next: at, LastUpdated: at });
    await hosts.getBlockBlobClient(STATUS).upload(text, text.length);
  };
  const withApp = async (check: (app: TestHost) => Promise<void>): Promise<void> => {
    const app = await startFixture('timer', env);
    try {
      await check(app);
    } finally {
      await app.host.stop();
    }
  };
  const runs = (app: TestHost, name: string): TimerInfo[] => app.entries(name) as TimerInfo[];

  test('runOnStartup runs at once, others wait; the admin endpoint runs one now; runs never overlap', async () => {
    await withApp(async (app) => {
      const [atStart] = await eventually(
        'the run at the start',
        () => runs(app, 'atStart').length === 1 && runs(app, 'atStart'),
      );
      expect(atStart).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
      expect(runs(app, 'daily')).toEqual([]);

      const { status } = await fetch(`${app.host.url}/admin/functions/daily`, { method: 'POST', body: '{}' });
      expect(status).toBe(202);
      const [daily] = await eventually(
        'the run asked for',
        () => runs(app, 'daily').length === 1 && runs(app, 'daily'),
      );
      expect(daily?.isPastDue).toBe(false);
      expect(daily?.scheduleStatus?.next).toMatch(/T03:00:00\.000Z$/);
      await eventually(
        'the status to be written',
        async () => (await readStatus()).Last > new Date(Date.now() - HOUR).toISOString(),
      );

      await eventually(
        'three runs of a timer that outlasts its interval',
        () => app.entries('everySecond').length >= 3,
      );
      const overlapping = app
        .entries('everySecond')
        .filter((entry) => (entry as { running: number }).running !== 1);
      expect(overlapping).toEqual([]);
    });
  });

  test('a run missed while no host was there is made up for, once, and marked as past due', async () => {
    await writeStatus(49);
    await withApp(async (app) => {
      const [late] = await eventually(
        'the late run',
        () => runs(app, 'daily').length === 1 && runs(app, 'daily'),
      );
      expect(late?.isPastDue).toBe(true);
      await eventually(
        'the status to be written',
        async () => Date.parse((await readStatus()).LastUpdated) > Date.now() - HOUR,
      );
    });
    await withApp(async (app) => {
      // The other timer of the app has run by now, so the start is over and this one had its chance.
      await eventually('the run at the start', () => runs(app, 'atStart').length === 1);
      expect(runs(app, 'daily')).toEqual([]);
    });
  });
});
