import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { axeFindings } from './axe.ts';
import { DashboardAtHand, heading } from './dashboard-at-hand.ts';

/** What people see when there is nothing to see: the app lets in whom Entra ID names, and has no data yet. */
let at: DashboardAtHand;

beforeAll(async () => {
  at = await DashboardAtHand.start({ settings: { API_AUTH: 'entra' } });
});
afterEach(() => at.leave());
afterAll(() => at.close());

const VIEWS = ['/#/', '/#/rollouts/fw-none', '/#/devices/none', '/#/releases', '/#/refusals', '/#/audit'];

/** As App Service authentication puts it before the app. */
function principal(...roles: string[]): Record<string, string> {
  const claims = [
    { typ: 'name', val: 'somebody@example.com' },
    ...roles.map((role) => ({ typ: 'roles', val: role })),
  ];
  const text = JSON.stringify({ auth_typ: 'aad', claims, name_typ: 'name', role_typ: 'roles' });
  return { 'x-ms-client-principal': Buffer.from(text).toString('base64') };
}

test('without being signed in, every view says so', async () => {
  const { page, forgive } = await at.visit('/');
  for (const view of VIEWS) {
    await page.goto(`${at.origin}${view}`);
    await page.getByRole('heading', { name: 'You are not signed in' }).first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
  }
  expect(forgive(/status of 401/)).toBeGreaterThan(0);
});

test('without the right to read, every view says which it needs', async () => {
  const extraHTTPHeaders = principal('Another.Role');
  const { page, forgive } = await at.visit('/', { extraHTTPHeaders });
  for (const view of VIEWS) {
    await page.goto(`${at.origin}${view}`);
    await page.getByRole('heading', { name: 'You may not see this' }).first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
  }
  expect(forgive(/status of 403/)).toBeGreaterThan(0);
});

test('with nothing recorded yet, every view says what to do', async () => {
  const extraHTTPHeaders = principal('Ota.Read');
  const { page, forgive } = await at.visit('/', { extraHTTPHeaders });
  for (const [view, text] of [
    ['/#/', 'No upload was refused'],
    ['/#/rollouts/fw-none', 'Cannot find the rollout fw-none'],
    ['/#/devices/none', 'Cannot find the device none'],
    ['/#/releases', 'No image was released yet'],
    ['/#/refusals', 'No upload was refused'],
    ['/#/audit', 'Nobody has steered a rollout yet'],
  ] as const) {
    await page.goto(`${at.origin}${view}`);
    await page.getByText(text).first().waitFor();
    await page.locator('main:not(:has(.loading))').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  }
  expect(forgive(/status of 404/)).toBeGreaterThan(0);
});

test('what was shown stays when the app is gone, and the page says of when it is', async () => {
  const { page, forgive } = await at.visit('/#/releases', { extraHTTPHeaders: principal('Ota.Read') });
  await heading(page, 'Releases');
  await page.getByText('No image was released yet').waitFor();
  await page.context().setOffline(true);
  await page.getByText('Connection lost.').waitFor();
  expect(await page.getByText('No image was released yet').isVisible()).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await page.context().setOffline(false);
  await page.getByText('Connection lost.').waitFor({ state: 'detached' });
  expect(forgive(/ERR_INTERNET_DISCONNECTED/)).toBeGreaterThan(0);
});
