import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { eventually } from '../integration/local-cloud-harness.ts';
import { DashboardAtHand, heading } from './dashboard-at-hand.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const WAITING = {
  stages: [
    { percent: 50, minDevices: 4, gate: { minAnswered: 0, maxFailedPercent: 100, soakMinutes: 0 } },
    { percent: 100, approval: true },
  ],
};
/** More stops than any view has. */
const MOST_STOPS = 80;

let at: DashboardAtHand;

beforeAll(async () => {
  at = await DashboardAtHand.start({ devices: 8 });
  await at.cloud.drop('plans/waiting.json', Buffer.from(JSON.stringify(WAITING)));
  const image = buildFirmwareImage({ version: '1.0.1', size: 60_000 });
  await at.cloud.drop('FirmwareOTA-1.0.1.bin', image, { plan: 'waiting' });
  await eventually('the first stage has succeeded', async () => {
    const { counts } = await at.cloud.get<{ counts: Record<string, number> }>(`/rollouts/${ROLLOUT}`);
    return (counts['Succeeded'] ?? 0) >= 4 ? true : undefined;
  });
});
afterEach(() => at.leave());
afterAll(() => at.close());

interface Focus {
  readonly name: string;
  readonly isMarked: boolean;
  readonly isInDialog: boolean;
}

/** Where the focus is, and whether a person can see that. */
async function focusOf(page: Page): Promise<Focus> {
  return page.evaluate<Focus>(`(() => {
    const { activeElement: it } = document;
    const style = getComputedStyle(it);
    return {
      name: it === document.body ? '' : it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent ?? '',
      isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
      isInDialog: it.closest('dialog') !== null,
    };
  })()`);
}

/** Goes on with Tab until the focus is on what is named so; every stop on the way must be seen. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press('Tab');
    const focus = await focusOf(page);
    if (focus.name.trim() !== '' && !focus.isMarked)
      throw new Error(`The focus cannot be seen on ${focus.name}`);
    if (name.test(focus.name.trim())) return;
    passed.push(focus.name.trim());
  }
  throw new Error(`Tab does not lead to ${name}, but to ${passed.join(' | ')}`);
}

test('the first stop skips to the content', async () => {
  const { page } = await at.visit('/#/releases');
  await heading(page, 'Releases');
  await page.keyboard.press('Tab');
  expect((await focusOf(page)).name).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect((await focusOf(page)).name).toBe('Releases');
});

test('from the fleet to a rollout, a pause with a reason, and a device: by keys alone', async () => {
  const { page } = await at.visit('/');
  await heading(page, 'Fleet');
  await page.getByRole('link', { name: 'IoTDevKit 1.0.1' }).first().waitFor();
  await tabTo(page, /^IoTDevKit 1\.0\.1$/);
  await page.keyboard.press('Enter');
  await heading(page, 'IoTDevKit 1.0.1');
  await eventually('the heading of the new view has the focus', async () =>
    (await focusOf(page)).name === 'IoTDevKit 1.0.1' ? true : undefined,
  );

  await tabTo(page, /^Pause$/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, /^Reason/);
  await page.keyboard.type('Looked at by hand');
  await tabTo(page, /^Pause$/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('Paused', { exact: true }).first().waitFor();
  // The button that was pressed has gone: the focus is on the heading, and stays there.
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
  expect((await focusOf(page)).name).toBe('IoTDevKit 1.0.1');
  const { state } = await at.cloud.get<{ state: string }>(`/rollouts/${ROLLOUT}`);
  expect(state).toBe('paused');

  await tabTo(page, /^Device id$/);
  await page.keyboard.type('devkit-0001');
  await page.keyboard.press('Enter');
  await heading(page, 'devkit-0001');
});

test('a dialog keeps the focus, Escape closes it, and the focus goes back to its button', async () => {
  const { page } = await at.visit(`/#/rollouts/${ROLLOUT}`);
  await heading(page, 'IoTDevKit 1.0.1');
  for (const name of [/^Stop$/, /^Upload$/]) {
    await tabTo(page, name);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let stop = 0; stop < 12; stop++) {
      await page.keyboard.press('Tab');
      const focus = await focusOf(page);
      // Between the last stop and the first the browser may visit its own window: then nothing of the page has it.
      const isOutside =
        !focus.isInDialog && (await page.evaluate('document.activeElement !== document.body'));
      expect(isOutside).toBe(false);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await focusOf(page)).name.trim()).toMatch(name);
  }
});

test('an image is chosen, uploaded and followed without a mouse', async () => {
  const { page } = await at.visit('/#/releases');
  await heading(page, 'Releases');
  await tabTo(page, /^Upload$/);
  await page.keyboard.press('Enter');
  const buffer = buildFirmwareImage({ version: '1.0.3', size: 60_000 });
  const file = page.getByLabel('Firmware image, a .bin file');
  // What the window of the operating system would do, which no test can type into.
  await file.setInputFiles({ name: 'FirmwareOTA-1.0.3.bin', mimeType: 'application/octet-stream', buffer });
  await tabTo(page, /^Upload and release$/);
  await page.keyboard.press('Enter');
  await page.getByText('Admitted.').waitFor();
  await tabTo(page, /^Watch the rollout$/);
  await page.keyboard.press('Enter');
  await heading(page, 'IoTDevKit 1.0.3');
  expect(await page.getByRole('dialog').count()).toBe(0);
});
