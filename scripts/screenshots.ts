// Draws the pictures of the dashboard that the README shows: a local cloud with a staged rollout on its way, some
// of its devices faulty, looked at in light and in dark colours.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BlobServiceClient } from '@azure/storage-blob';
import type { Browser, Page } from 'playwright-core';
import { ApiClient } from '../client/api-client.ts';
import type { RolloutDetail } from '../client/answers.ts';
import { reads } from '../client/reads.ts';
import { type LocalCloud, startLocalCloud } from '../local/cloud.ts';
import { buildFirmwareImage } from '../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../local/fleet-process.ts';
import { portsFrom } from '../local/ports.ts';
import { startChromium } from '../test/browser/chromium.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEVICES = 60;
const FAULTS = { 'wrong-bytes': 4, 'cut-download': 3, 'error-until-reset': 2, slow: 15, silent: 2 } as const;
const ROLLOUT = 'fw-iotdevkit-1-0-1';
const PLAN = {
  stages: [10, 40, 100].map((percent) => ({
    percent,
    minDevices: 6,
    gate: { minAnswered: 4, maxFailedPercent: 40, soakMinutes: 0, minEndedPercent: 70 },
  })),
};
const LARGEST_BYTES = 200 * 1024;
const DEADLINE_MS = 240_000;

const directory = await mkdtemp(join(tmpdir(), 'screenshots-'));
try {
  await withCloud(directory, async (cloud, fleet) => {
    const browser = await startChromium();
    try {
      await draw(browser, cloud, fleet);
    } finally {
      await browser.close();
    }
  });
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function withCloud(
  dir: string,
  use: (cloud: LocalCloud, fleet: FleetProcess) => Promise<void>,
): Promise<void> {
  const cloud = await startLocalCloud({
    directory: dir,
    ports: portsFrom(0),
    appDir: ROOT,
    log: () => undefined,
    settings: { ROLLOUT_JUDGE_SCHEDULE: '* * * * * *' },
  });
  try {
    const fleet = await startFleetProcess(cloud, {
      devices: DEVICES,
      speed: 8,
      faults: FAULTS,
      onMessage: () => undefined,
    });
    try {
      await use(cloud, fleet);
    } finally {
      await fleet.stop();
    }
  } finally {
    await cloud.close();
  }
}

async function draw(browser: Browser, cloud: LocalCloud, fleet: FleetProcess): Promise<void> {
  const client = new ApiClient({ baseUrl: cloud.endpoints.http });
  await drop(cloud, 'plans/staged.json', Buffer.from(JSON.stringify(PLAN)));
  const image = buildFirmwareImage({ version: '1.0.1', size: 600_000 });
  await drop(cloud, 'FirmwareOTA-1.0.1.bin', image, { plan: 'staged' });
  await until('the last stage is on its way', async () =>
    isTelling(await client.get(reads.rollout(ROLLOUT))),
  );
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await open(browser, `${cloud.endpoints.http}/#/rollouts/${ROLLOUT}`, colorScheme);
    await save(page, `dashboard-${colorScheme}.png`);
  }
  const id = fleet.devices.find(({ fault }) => fault === 'error-until-reset')?.deviceId ?? 'none';
  const stateOf = async () => (await client.get(reads.device(id))).updates[0]?.state;
  await until('the device has failed', async () => (await stateOf()) === 'Failed');
  fleet.reset(id);
  await until('its second attempt has succeeded', async () => (await stateOf()) === 'Succeeded');
  await save(
    await open(browser, `${cloud.endpoints.http}/#/devices/${id}`, 'light', 560),
    'dashboard-device.png',
  );
}

/** The last stage is open, some devices are at work, some have failed and many have succeeded. */
function isTelling({ state, stage, counts }: RolloutDetail): boolean {
  const of = (name: string) => counts[name] ?? 0;
  const atWork = of('Downloading') + of('Verifying') + of('Applying');
  const isLast = state === 'running' && stage === PLAN.stages.length - 1;
  return isLast && atWork >= 8 && of('Failed') >= 2 && of('Succeeded') >= 20;
}

async function open(
  browser: Browser,
  url: string,
  colorScheme: 'light' | 'dark',
  height = 900,
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height },
    locale: 'en-GB',
    colorScheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('main:not(:has(.loading))').waitFor();
  return page;
}

async function save(page: Page, name: string): Promise<void> {
  const path = join(ROOT, 'docs/images', name);
  await page.screenshot({ path });
  const { size } = await stat(path);
  if (size > LARGEST_BYTES) throw new Error(`${name} has ${size} bytes: too large for a README`);
  console.log(`docs/images/${name}: ${Math.round(size / 1024)} KB`);
  await page.context().close();
}

async function drop(
  cloud: LocalCloud,
  path: string,
  bytes: Buffer,
  metadata: Record<string, string> = {},
): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(cloud.endpoints.storage);
  await service.getContainerClient('firmware').getBlockBlobClient(path).uploadData(bytes, { metadata });
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (Date.now() < end) {
    if (await isSo().catch(() => false)) return;
    await sleep(200);
  }
  throw new Error(`Not within ${DEADLINE_MS / 1000} s: ${what}`);
}
