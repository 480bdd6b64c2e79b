import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countedTable, type TableCost } from '../../bench/counted-table.ts';
import { ledgerWriter } from '../../bench/ledger-recorders.ts';
import { benchRollouts, fleetBatches, type FleetShape } from '../../bench/ledger-stream.ts';
import { orderedTable } from '../../bench/ordered-table.ts';
import { StaticFiles } from '../../src/shared/http/static-files.ts';
import { ApiAtHand } from '../integration/api-at-hand.ts';
import { startChromium } from './chromium.ts';
import { focused, settled } from './dashboard-at-hand.ts';
import { openWatched, type WatchedPage } from './watched-page.ts';

const DEVICES = 100_000;
const SHAPE: FleetShape = {
  devices: DEVICES,
  rollouts: 1,
  partitions: 4,
  // One batch a partition: the ledger folds the reports of a device into one write.
  batch: 4 * DEVICES,
  seed: 3,
  failed: 'left',
};
const ROLLOUT = 'fw-iotdevkit-1-0-1';
const FIRST = `/api/rollouts/${ROLLOUT}/devices`;

interface Counts {
  readonly Succeeded: number;
  readonly Failed: number;
}

let at: ApiAtHand;
let server: Server;
let browser: Browser;
let origin: string;
let cost: TableCost;

/** The API and the dashboard over a ledger of 100,000 devices, which it has recorded itself, in memory. */
beforeAll(async () => {
  const updates = orderedTable();
  const record = ledgerWriter({ updates, deadLetters: orderedTable() }, benchRollouts(SHAPE));
  for (const batch of fleetBatches(SHAPE)) await record(batch);
  const counted = countedTable(updates);
  cost = counted.cost;
  at = await ApiAtHand.start(counted.table);
  await at.release('1.0.1', '2026-03-01T00:00:00.000Z');
  const files = new StaticFiles(new URL('../../dist/dashboard/', import.meta.url));
  server = createServer((request, response) => void serve(files, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await startChromium();
}, 300_000);
afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await at.close();
});

async function serve(files: StaticFiles, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  if (path.startsWith('/api/')) {
    const etag = request.headers['if-none-match'];
    const answer = await at.api.ask(path, { headers: etag === undefined ? {} : { 'if-none-match': etag } });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(answer.text);
    return;
  }
  const file = path === '/' ? await files.page() : await files.file(path.replace('/assets/', ''));
  response.writeHead(file ? 200 : 404, { 'content-type': file?.mediaType ?? 'text/plain' }).end(file?.bytes);
}

async function open(path: string): Promise<WatchedPage> {
  const watched = await openWatched(await browser.newContext(), origin);
  watched.page.setDefaultTimeout(60_000);
  await watched.page.goto(`${origin}${path}`);
  await settled(watched.page, 'IoTDevKit 1.0.1');
  return watched;
}

const devicesCard = ({ page }: WatchedPage) => page.getByRole('region', { name: 'Devices', exact: true });

/** Different addresses that the page has asked for; polling asks for the same ones again. */
function asked({ requests }: WatchedPage, path = '/api/'): string[] {
  return [...new Set(requests.filter((request) => request.startsWith(`GET ${path}`)))];
}

test('a rollout of 100,000 devices opens with a page of them and their exact counts', async () => {
  cost.rowsRead = 0;
  const watched = await open(`/#/rollouts/${ROLLOUT}`);
  const { counts } = (await at.api.ask(`/api/rollouts/${ROLLOUT}`)).json() as { counts: Counts };
  const succeeded = counts.Succeeded.toLocaleString('en');
  await watched.page.getByText(`${succeeded} succeeded`).first().waitFor();
  expect(counts.Succeeded + counts.Failed).toBe(DEVICES);
  expect(await devicesCard(watched).locator('tbody tr').count()).toBe(25);
  expect(asked(watched).length).toBeLessThanOrEqual(8);
  // A page of devices, one of failures, and the counters: nothing that grows with the fleet.
  expect(cost.rowsRead).toBeLessThan(3000);
  expect(watched.complaints).toEqual([]);
});

test('each page of devices is one request, forward and back, and none asks for all', async () => {
  const watched = await open(`/#/rollouts/${ROLLOUT}?state=Succeeded`);
  const { page } = watched;
  const pages = page.getByRole('navigation', { name: 'Pages of the devices' });
  const firstOf = async () =>
    devicesCard(watched)
      .getByRole('link', { name: /^devkit-/ })
      .first()
      .textContent();
  const seen = [await firstOf()];
  const before = asked(watched, FIRST).length;
  for (let number = 2; number <= 5; number++) {
    await pages.getByRole('button', { name: 'Next' }).click();
    await pages.getByText(`Page ${number}`).waitFor();
    // Whoever turns pages by keyboard turns the next one with the same key.
    expect(await focused(page)).toBe('Next');
    await settled(page, 'IoTDevKit 1.0.1');
    seen.push(await firstOf());
  }
  expect(new Set(seen).size).toBe(5);
  expect(asked(watched, FIRST).length - before).toBe(4);
  await pages.getByRole('button', { name: 'Previous' }).click();
  await pages.getByText('Page 4').waitFor();
  expect(await firstOf()).toBe(seen[3]);
  const limits = asked(watched).map((request) =>
    Number(new URL(request.slice(4), origin).searchParams.get('limit')),
  );
  expect(Math.max(...limits)).toBeLessThanOrEqual(200);
  expect(watched.complaints).toEqual([]);
});
