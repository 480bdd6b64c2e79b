import type { BrowserContext, Page } from 'playwright-core';

/** A page, and all that it did which a page of this app must not do. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, with them violations of the content security policy; exceptions; requests elsewhere. */
  readonly complaints: readonly string[];
  /** `GET /api/rollouts/…`: every request, in order. */
  readonly requests: readonly string[];
  /** Takes complaints that the test has caused itself; returns how many there were. */
  readonly forgive: (pattern: RegExp) => number;
}

/**
 * Opens a page in the context and watches it from its first request on. `origin` is the only place that it may
 * ask.
 */
export async function openWatched(context: BrowserContext, origin: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  // Chromium reports to the console what a policy blocks; the event tells of it also where that changes.
  await page.addInitScript(
    `document.addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI));`,
  );
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.stack ?? error.message}`));
  page.on('crash', () => complaints.push('the page has crashed'));
  page.on('request', (request) => {
    const url = new URL(request.url());
    requests.push(`${request.method()} ${url.pathname}${url.search}`);
    const isOfPage = url.protocol === 'data:' || url.protocol === 'blob:';
    if (!isOfPage && url.origin !== origin) complaints.push(`request to another host: ${url.href}`);
  });
  return {
    page,
    complaints,
    requests,
    forgive: (pattern) => {
      const kept = complaints.filter((complaint) => !pattern.test(complaint));
      const forgiven = complaints.length - kept.length;
      complaints.splice(0, complaints.length, ...kept);
      return forgiven;
    },
  };
}
