import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { axeFindings } from './axe.ts';
import { DashboardAtHand, focused, heading } from './dashboard-at-hand.ts';
import { dropFile } from './dropped-file.ts';
import { FrontDoor } from './front-door.ts';

/** More than the buffers of two sockets hold: what is sent stays visibly less than all of it. */
const LARGE_BYTES = 16 * 1024 * 1024;
const PATIENTLY = { timeout: 60_000 };
const KEY = 'a-key-of-the-app';

let at: DashboardAtHand;
let door: FrontDoor;

beforeAll(async () => {
  at = await DashboardAtHand.start();
});
beforeEach(async () => {
  door = await FrontDoor.start(at.origin);
});
afterEach(async () => {
  await at.leave();
  await door.close();
});
afterAll(() => at.close());

describe('where a key is needed', () => {
  test('every view asks for it, and axe finds nothing', async () => {
    door.key = KEY;
    const { page, forgive } = await at.visit('/', {}, door.origin);
    for (const view of ['/#/', '/#/rollouts/fw-none', '/#/devices/none', '/#/releases', '/#/refusals']) {
      await page.goto(`${door.origin}${view}`);
      await page.getByRole('heading', { name: 'This needs a key' }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
    }
    expect(forgive(/status of 401/)).toBeGreaterThan(0);
  });

  test('a wrong one is told apart from none, a right one opens the view, and it can be forgotten', async () => {
    door.key = KEY;
    const { page, requests, forgive } = await at.visit('/#/releases', {}, door.origin);
    await page.getByLabel('Function key').fill('another');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'This key does not open this' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Function key').fill(KEY);
    await page.keyboard.press('Enter');
    await page.getByText('No image was released yet').waitFor();
    await expect.poll(async () => focused(page), PATIENTLY).toBe('Releases');
    expect(requests.filter((request) => request.includes(KEY))).toEqual([]);
    await page.getByRole('button', { name: 'Forget key' }).click();
    await page.getByRole('heading', { name: 'This needs a key' }).waitFor();
    expect(forgive(/status of 401/)).toBeGreaterThan(0);
  });

  test('an upload without the right says so, and releases nothing', async () => {
    const { page, forgive } = await at.visit('/#/releases', {}, door.origin);
    await page.getByText('No image was released yet').waitFor();
    await chooseFile(page, 'FirmwareOTA-1.0.1.bin', buildFirmwareImage({ version: '1.0.1', size: 60_000 }));
    await page.getByLabel('Plan').fill('all-at-once');
    door.key = KEY;
    await page.getByRole('button', { name: 'Upload and release' }).click();
    await page.getByText('Your key does not open “Upload”: nothing was done.').waitFor();
    expect(await page.getByLabel('Plan').inputValue()).toBe('all-at-once');
    expect(forgive(/status of 401/)).toBeGreaterThan(0);
    expect(await at.cloud.get('/uploads/FirmwareOTA-1.0.1.bin', 404)).toMatchObject({ status: 404 });
  });
});

describe('an upload over a slow line', () => {
  test('shows how much is sent; cancelled on the way, it releases nothing', async () => {
    door.holdUploads();
    const { page } = await at.visit('/#/releases', {}, door.origin);
    await heading(page, 'Releases');
    await dropFile(page, 'large-9.0.0.bin', LARGE_BYTES);
    await page.getByRole('button', { name: 'Upload and release' }).click();
    const dialog = page.getByRole('dialog', { name: 'Uploading large-9.0.0.bin' });
    const bar = dialog.getByRole('progressbar');
    const percent = async () => Number(await bar.getAttribute('value'));
    await expect.poll(percent, PATIENTLY).toBeGreaterThan(0);
    expect(await percent()).toBeLessThan(100);
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Cancel the upload' }).click();
    await page.getByText('cancelled before all of it was sent: nothing was released').waitFor();
    expect(await at.cloud.get('/uploads/large-9.0.0.bin', 404)).toMatchObject({ status: 404 });
  });

  test('goes on when its dialog is closed and another view is opened, and is found again', async () => {
    const release = door.holdUploads();
    const { page } = await at.visit('/#/releases', {}, door.origin);
    await chooseFile(page, 'FirmwareOTA-1.0.2.bin', buildFirmwareImage({ version: '1.0.2', size: 600_000 }));
    await page.getByRole('button', { name: 'Upload and release' }).click();
    await page.getByRole('dialog', { name: 'Uploading FirmwareOTA-1.0.2.bin' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Uploading, \d+ %$/ }).waitFor();
    await page.getByRole('link', { name: 'Refusals' }).click();
    await heading(page, 'Refusals');
    release();
    await page.getByRole('button', { name: 'Uploaded: outcome' }).click();
    await page.getByText('Admitted.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).click();
    await expect.poll(async () => focused(page), PATIENTLY).toBe('Upload');
  });

  test('cancelled when all is sent, it may have arrived, and the page says so', async () => {
    door.holdUploads();
    const { page } = await at.visit('/#/releases', {}, door.origin);
    await chooseFile(page, 'FirmwareOTA-1.0.3.bin', buildFirmwareImage({ version: '1.0.3', size: 200_000 }));
    await page.getByRole('button', { name: 'Upload and release' }).click();
    await page.getByText('Sent; the app is writing it into the drop box').waitFor();
    await page.getByRole('button', { name: 'Cancel the upload' }).click();
    const alert = page.getByRole('dialog').getByRole('alert').filter({ hasText: 'cancelled' });
    await alert.waitFor();
    expect(await alert.textContent()).toContain('it may be released all the same');
  });

  test('its outcome is learned also where an answer takes longer than the page waits with its next question', async () => {
    door.latencyMs = 1500;
    const { page } = await at.visit('/#/releases', {}, door.origin);
    await chooseFile(page, 'no-image-1.0.5.bin', Buffer.from('no image'));
    await page.getByRole('button', { name: 'Upload and release' }).click();
    const refused = page.getByText('Refused: no device is offered it.');
    await refused.waitFor();
    expect(await refused.isVisible()).toBe(true);
  });

  test('a file that is dropped meanwhile is turned away, and told so', async () => {
    door.holdUploads();
    const { page } = await at.visit('/#/releases', {}, door.origin);
    await chooseFile(page, 'FirmwareOTA-1.0.4.bin', buildFirmwareImage({ version: '1.0.4', size: 200_000 }));
    await page.getByRole('button', { name: 'Upload and release' }).click();
    await page.getByRole('dialog', { name: 'Uploading FirmwareOTA-1.0.4.bin' }).waitFor();
    await dropFile(page, 'another.bin', Buffer.alloc(100));
    await page.getByText('“another.bin” was not taken: one image at a time.').waitFor();
    await page.getByRole('button', { name: 'Cancel the upload' }).click();
    await page.getByRole('dialog', { name: 'Upload an image' }).waitFor();
    expect(await page.getByText(/^FirmwareOTA-1\.0\.4\.bin, 195 KB/).isVisible()).toBe(true);
  });
});

/** Opens the dialog and chooses the file, as a person does with the window of the operating system. */
async function chooseFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const mimeType = 'application/octet-stream';
  await page.getByLabel('Firmware image, a .bin file').setInputFiles({ name, mimeType, buffer });
}
