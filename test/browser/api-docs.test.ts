import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DashboardAtHand } from './dashboard-at-hand.ts';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

let at: DashboardAtHand;

beforeAll(async () => {
  at = await DashboardAtHand.start();
});
afterEach(() => at.leave());
afterAll(() => at.close());

test('the page of the API shows every operation, and asks no other host', async () => {
  const { paths } = await at.cloud.get<Document>('/openapi.json');
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const { page } = await at.visit('/api/docs');
  await page.locator('.opblock').first().waitFor();
  const shown = await page.locator('.opblock').evaluateAll((blocks) =>
    blocks.map((block) => {
      const text = (selector: string) => block.querySelector(selector)?.textContent ?? '';
      return `${text('.opblock-summary-method')} ${text('.opblock-summary-path')}`.replaceAll('\u200b', '');
    }),
  );
  expect(shown.toSorted()).toEqual(documented.toSorted());
});

test('an operation can be opened and tried out', async () => {
  const { page } = await at.visit('/api/docs');
  const operation = page.locator('.opblock', { hasText: 'List refusals' });
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response-col_status').last();
  await answer.waitFor();
  expect(await answer.textContent()).toContain('200');
});
