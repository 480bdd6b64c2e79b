import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildFirmwareImage, fullFlashImage } from '../../local/devkit/firmware-image.ts';
import { eventually } from '../integration/local-cloud-harness.ts';
import { axeFindings } from './axe.ts';
import { DashboardAtHand, heading } from './dashboard-at-hand.ts';
import { dropFile } from './dropped-file.ts';

const DEVICES = 20;
/** The stages go on by themselves at once; half of the devices may fail. */
const QUICK = {
  stages: [25, 100].map((percent) => ({
    percent,
    minDevices: 4,
    gate: { minAnswered: 2, maxFailedPercent: 90, soakMinutes: 0, minEndedPercent: 50 },
  })),
};
/** The second stage waits for a person. */
const WAITING = {
  stages: [
    { percent: 25, minDevices: 4 },
    { percent: 100, approval: true },
  ],
};

describe('a person with a browser', () => {
  let at: DashboardAtHand;
  const image = (version: string) => buildFirmwareImage({ version, size: 200_000 });

  beforeAll(async () => {
    at = await DashboardAtHand.start({ devices: DEVICES, faults: { 'wrong-bytes': 10 } });
    await at.cloud.drop('plans/quick.json', Buffer.from(JSON.stringify(QUICK)));
    await at.cloud.drop('plans/waiting.json', Buffer.from(JSON.stringify(WAITING)));
  });
  afterEach(() => at.leave());
  afterAll(() => at.close());

  test('drops an image and watches its rollout to the end, without a reload', async () => {
    const { page, requests } = await at.visit('/');
    await heading(page, 'Fleet');
    await dropFile(page, 'FirmwareOTA-1.0.1.bin', image('1.0.1'));
    const dialog = page.getByRole('dialog', { name: 'Upload an image' });
    await dialog.getByLabel('Plan').fill('quick');
    await dialog.getByRole('button', { name: 'Upload and release' }).click();
    await page.getByText('Admitted.').waitFor();
    await page.getByRole('link', { name: 'Watch the rollout' }).click();
    await heading(page, 'IoTDevKit 1.0.1');
    await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 150_000 });
    const bar = page.getByRole('img', { name: /18 succeeded, 2 failed/ }).first();
    await bar.waitFor();
    expect(requests.filter((request) => request === 'GET /')).toHaveLength(1);
  });

  test('reads why a device failed: every attempt, each state with its time', async () => {
    const failed = at.fleet?.devices.find(({ fault }) => fault === 'wrong-bytes')?.deviceId ?? 'none';
    const { page } = await at.visit('/#/releases');
    await page.getByRole('searchbox', { name: 'Device id' }).fill(failed);
    await page.getByRole('searchbox', { name: 'Device id' }).press('Enter');
    await heading(page, failed);
    const update = page.getByRole('region', { name: 'IoTDevKit 1.0.1' });
    await update.getByText('VerifyFailed').first().waitFor();
    const states = await update.locator('.timeline').first().locator('li strong').allTextContents();
    expect(states[0]).toBe('Downloading');
    expect(states.at(-1)).toBe('Failed');
    expect(await update.locator('.timeline').first().textContent()).toMatch(
      /Downloading for (?:at most )?\d/,
    );
  });

  test('sees at once why an upload is refused, and finds it among the refusals', async () => {
    const { page } = await at.visit('/');
    await dropFile(page, 'full-2.0.0.bin', fullFlashImage(image('2.0.0')));
    await page.getByRole('button', { name: 'Upload and release' }).click();
    await page.getByText('Refused: no device is offered it.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('link', { name: 'refusals' }).click();
    await heading(page, 'Refusals');
    const line = page.getByRole('listitem').filter({ hasText: 'full-2.0.0.bin' });
    await line.waitFor();
    const [refusal] = (await at.cloud.get<{ value: { code: string; message: string }[] }>('/refusals')).value;
    expect(await line.textContent()).toContain(refusal?.message);
    expect(await line.textContent()).toContain(refusal?.code);
  });

  test('checks an image and releases nothing', async () => {
    const { page } = await at.visit('/');
    await dropFile(page, 'FirmwareOTA-1.0.7.bin', image('1.0.7'));
    await page.getByLabel('Check only: release nothing').check();
    await page.getByRole('button', { name: 'Upload and check' }).click();
    await page.getByText('Checked, and released nothing.').waitFor();
    await page.getByText(`${DEVICES} devices match its target now`).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await at.cloud.get('/releases/IoTDevKit/1.0.7', 404)).toMatchObject({ status: 404 });
  });

  test('stops a rollout for a reason, told before how many devices it touches', async () => {
    await at.cloud.drop('FirmwareOTA-1.0.2.bin', image('1.0.2'), { plan: 'waiting' });
    await eventually('the first stage has answered', async () => {
      const { seen } = await at.cloud.get<{ seen: number }>('/rollouts/fw-iotdevkit-1-0-2');
      return seen >= 4 ? true : undefined;
    });
    const { page } = await at.visit('/#/rollouts/fw-iotdevkit-1-0-2');
    await heading(page, 'IoTDevKit 1.0.2');
    await page.getByRole('button', { name: 'Stop' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop 1.0.2 for good?' });
    expect(await dialog.textContent()).toMatch(/withdrawn from \d+ devices?.*\d+ devices? at work/);
    await dialog.getByLabel('Reason').fill('The field has called');
    const stop = dialog.getByRole('button', { name: 'Stop' });
    // The rollout may move on while the dialog is open: a person looks again, and decides.
    const seen = dialog.getByRole('button', { name: 'I have seen it' });
    await eventually('the rollout is stopped', async () => {
      if (await seen.isVisible()) await seen.click({ timeout: 1000 });
      if (await dialog.isVisible()) await stop.click({ timeout: 1000 });
      const { state } = await at.cloud.get<{ state: string }>('/rollouts/fw-iotdevkit-1-0-2');
      return state === 'stopped' ? true : undefined;
    });
    await page.getByText('Stopped', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    const entry = page.getByRole('row').filter({ hasText: 'The field has called' });
    await entry.waitFor();
    expect(await entry.textContent()).toContain('Stopped');
  });

  test('reads of each release what it is and where it came from', async () => {
    const { page } = await at.visit('/#/releases');
    const row = page.getByRole('row').filter({ hasText: 'IoTDevKit 1.0.1' });
    await row.waitFor();
    const release = await at.cloud.get<{ sha256: string; crc16: string }>('/releases/IoTDevKit/1.0.1');
    const text = await row.textContent();
    for (const part of [release.sha256, release.crc16, 'FirmwareOTA-1.0.1.bin', '195 KB']) {
      expect(text).toContain(part);
    }
  });
});
