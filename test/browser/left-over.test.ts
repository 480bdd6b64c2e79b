import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { axeFindings } from './axe.ts';
import { DashboardAtHand, heading } from './dashboard-at-hand.ts';

const DEVICES = 8;
/** Complete at once, and devices that are at work are stuck soon. */
const PLAN = { deadlineHours: 0.001, limits: { downloadingMinutes: 0.05 } };

let at: DashboardAtHand;

beforeAll(async () => {
  // A slow device takes some minutes for the image.
  const faults = { silent: 25, slow: 25, 'wrong-bytes': 25 };
  at = await DashboardAtHand.start({ devices: DEVICES, speed: 5, faults });
  await at.cloud.drop('plans/short.json', Buffer.from(JSON.stringify(PLAN)));
  const image = buildFirmwareImage({ version: '1.0.1', size: 900_000 });
  await at.cloud.drop('FirmwareOTA-1.0.1.bin', image, { plan: 'short' });
});
afterEach(() => at.leave());
afterAll(() => at.close());

test('what a completed rollout has left over is shown by reason, with the way to its devices', async () => {
  const { page } = await at.visit('/#/');
  await page
    .getByRole('link', { name: /IoTDevKit 1\.0\.1/ })
    .first()
    .click({ timeout: 120_000 });
  await heading(page, 'IoTDevKit 1.0.1');
  const card = page.getByRole('region', { name: 'Left over' });
  await card.waitFor({ timeout: 120_000 });
  await card.getByRole('listitem').filter({ hasText: 'Failed' }).waitFor({ timeout: 120_000 });

  // Devices that report after all leave the list: in the end the silent ones are on it.
  await card.getByText('Which are pending').click({ timeout: 150_000 });
  const silent = at.fleet?.devices.filter(({ fault }) => fault === 'silent') ?? [];
  expect(silent).toHaveLength(2);
  for (const { deviceId } of silent) await card.getByText(deviceId).waitFor({ timeout: 120_000 });
  expect(await axeFindings(page)).toEqual([]);

  await card.getByRole('listitem').filter({ hasText: 'Stuck' }).getByRole('link').click({ timeout: 120_000 });
  const devices = page.getByRole('region', { name: 'Devices', exact: true });
  await devices
    .getByText(/Downloading since .*offline since/)
    .first()
    .waitFor({ timeout: 150_000 });
});
