import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { eventually } from '../integration/local-cloud-harness.ts';
import { startChromium } from './chromium.ts';
import { openWatched } from './watched-page.ts';

/** Each page does one thing that pages of this app must not do. */
const PAGES: Readonly<Record<string, string>> = {
  '/': '<h1>Nothing wrong</h1>',
  '/inline': '<script>document.title = "inline"</script>',
  '/style': '<p style="color: red">styled</p>',
  '/elsewhere': '<img src="http://localhost:9/elsewhere.png">',
  '/missing': '<img src="/no-such-image.png">',
  '/throws': '<script src="/throws.js"></script>',
};

let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/throws.js') {
      response.setHeader('content-type', 'text/javascript').end('throw new Error("a fault of the page")');
      return;
    }
    const page = PAGES[path];
    response.statusCode = page === undefined && path !== '/favicon.ico' ? 404 : 200;
    response.setHeader('content-type', 'text/html');
    response.setHeader('content-security-policy', "default-src 'self'; img-src * data:");
    response.end(`<!doctype html><link rel="icon" href="data:,">${page ?? ''}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await startChromium();
});
afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
});

test('a page that does nothing wrong is clean', async () => {
  const { page, complaints } = await openWatched(await browser.newContext(), origin);
  await page.goto(origin);
  await page.getByText('Nothing wrong').waitFor();
  expect(complaints).toEqual([]);
});

test.each([
  ['/inline', /script-src|Content Security Policy/],
  ['/style', /style-src|Content Security Policy/],
  ['/elsewhere', /another host: http:\/\/localhost:9/],
  ['/missing', /console: .*404/],
  ['/throws', /exception: Error: a fault of the page/],
])('what %s does is seen', async (path, complaint) => {
  const { page, complaints, forgive } = await openWatched(await browser.newContext(), origin);
  await page.goto(`${origin}${path}`);
  await eventually('it is complained of', async () =>
    complaints.some((text) => complaint.test(text)) ? true : undefined,
  );
  expect(forgive(complaint)).toBeGreaterThan(0);
});
