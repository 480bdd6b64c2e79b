import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { eventually } from '../integration/local-cloud-harness.ts';
import { axeFindings } from './axe.ts';
import { DashboardAtHand, settled } from './dashboard-at-hand.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';
/** The second stage waits for a person, so that the rollout stays where it is. */
const WAITING = {
  stages: [
    { percent: 50, minDevices: 4, gate: { minAnswered: 0, maxFailedPercent: 100, soakMinutes: 0 } },
    { percent: 100, approval: true },
  ],
};

const VIEWS: readonly [path: string, heading: string | RegExp][] = [
  ['/#/', 'Fleet'],
  [`/#/rollouts/${ROLLOUT}`, 'IoTDevKit 1.0.1'],
  ['/#/devices/devkit-0001', 'devkit-0001'],
  ['/#/releases', 'Releases'],
  ['/#/refusals', 'Refusals'],
  ['/#/audit', 'Audit trail'],
  ['/#/nowhere', 'There is no such view'],
];

/** People and build tools write such things: nothing in it says where a line may end. */
const UNBREAKABLE = 'x'.repeat(180);

describe('every view of the dashboard, with data', () => {
  let at: DashboardAtHand;

  beforeAll(async () => {
    at = await DashboardAtHand.start({ devices: 10, faults: { 'wrong-bytes': 30 } });
    await at.cloud.drop('plans/waiting.json', Buffer.from(JSON.stringify(WAITING)));
    const image = buildFirmwareImage({ version: '1.0.1', size: 60_000 });
    await at.cloud.drop('FirmwareOTA-1.0.1.bin', image, { plan: 'waiting' });
    await at.cloud.drop(`broken-${UNBREAKABLE}-1.0.2.bin`, Buffer.from('no image'));
    await eventually('a device of each kind', async () => {
      const { counts } = await at.cloud.get<{ counts: Record<string, number> }>(`/rollouts/${ROLLOUT}`);
      return (counts['Succeeded'] ?? 0) > 0 && (counts['Failed'] ?? 0) > 0 ? true : undefined;
    });
    await pauseAndResume();
  });
  afterEach(() => at.leave());
  afterAll(() => at.close());

  async function pauseAndResume(): Promise<void> {
    for (const action of ['pause', 'resume']) {
      const response = await fetch(`${at.origin}/api/rollouts/${ROLLOUT}/${action}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reason: `For the audit trail ${UNBREAKABLE}` }),
      });
      if (!response.ok) throw new Error(`${action} answered ${response.status}: ${await response.text()}`);
    }
  }

  test('axe finds nothing, in light and in dark colours', async () => {
    const found: string[] = [];
    const { page } = await at.visit('/');
    for (const [path, name] of VIEWS) {
      await page.goto(`${at.origin}${path}`);
      await settled(page, name);
      found.push(...(await axeFindings(page)).map((finding) => `${path} ${finding}`));
    }
    expect(found).toEqual([]);
  });

  test('axe finds nothing in the dialogs, in light and in dark colours', async () => {
    const found: string[] = [];
    const { page } = await at.visit(`/#/rollouts/${ROLLOUT}`);
    await settled(page, 'IoTDevKit 1.0.1');
    for (const button of ['Pause', 'Stop', 'Upload']) {
      await page.getByRole('button', { name: button }).click();
      await page.getByRole('dialog').waitFor();
      found.push(...(await axeFindings(page)).map((finding) => `${button} ${finding}`));
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    expect(found).toEqual([]);
  });

  test.each([
    ['a window of 1280 px', { viewport: { width: 1280, height: 720 } }],
    ['a phone of 320 px', { viewport: { width: 320, height: 640 }, hasTouch: true }],
    ['200 % zoom on 1280 px', { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 }],
  ])('nothing makes the page scroll sideways on %s', async (_, options) => {
    const { page } = await at.visit('/', options);
    const wide: string[] = [];
    for (const [path, name] of VIEWS) {
      await page.goto(`${at.origin}${path}`);
      await settled(page, name);
      const [content, window] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, innerWidth]',
      );
      if (content > window) wide.push(`${path}: ${content} px in ${window} px`);
    }
    expect(wide).toEqual([]);
  });
});
