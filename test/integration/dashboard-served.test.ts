import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestCloud } from './local-cloud-harness.ts';

/** All of it, in the form in which browsers load it. */
const LARGEST_GZIPPED = 80 * 1024;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The built app in the function host, over real HTTP. */
describe('the dashboard as it is served', () => {
  let cloud: TestCloud;
  const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${cloud.cloud.endpoints.http}${path}`, { method, headers, redirect: 'manual' });

  beforeAll(async () => {
    cloud = await TestCloud.start();
  });
  afterAll(() => cloud.close());

  /** The files that the page names, and those that these load in turn. */
  const namedFiles = async () => {
    const found = new Set<string>();
    const waiting = namesIn(await (await ask('/')).text());
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      waiting.push(...namesIn(await (await ask(name)).text()));
    }
    return [...found];
  };

  test('is at the root, open to all, and lets nothing in from elsewhere', async () => {
    const page = await ask('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toBe(POLICY);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\bstyle=|<style|https?:(?!\/\/www\.w3\.org)/);
  });

  test('the page is asked for again and not sent twice; its files are kept for ever', async () => {
    const page = await ask('/');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const held = { 'if-none-match': page.headers.get('etag') ?? 'none' };
    expect((await ask('/', held)).status).toBe(304);
    const files = await namedFiles();
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const name of files) {
      const file = await ask(name);
      expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(file.headers.get('content-type')).toMatch(/^text\/(?:javascript|css); charset=utf-8$/);
      expect(name).toMatch(/^\/assets\/[\w.]+-[A-Z0-9]{8}\.(?:js|css)$/);
    }
  });

  test('is small: all of it, compressed, within 80 KB', async () => {
    const sizes = await Promise.all(
      ['/', ...(await namedFiles())].map(async (name) => {
        const bytes = Buffer.from(await (await ask(name)).arrayBuffer());
        return gzipSync(bytes, { level: 9 }).length;
      }),
    );
    const all = sizes.reduce((sum, size) => sum + size, 0);
    expect(all).toBeGreaterThan(5000);
    expect(all).toBeLessThan(LARGEST_GZIPPED);
  });

  test('comes compressed only to whom takes that, each form under its own tag', async () => {
    const packed = await ask('/', { 'accept-encoding': 'br, gzip' });
    const plain = await ask('/', { 'accept-encoding': 'identity, gzip;q=0' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(packed.headers.get('vary')).toBe('accept-encoding');
    expect(packed.headers.get('etag')).not.toBe(plain.headers.get('etag'));
    expect(await packed.text()).toBe(await plain.text());
  });

  test('answers HEAD as GET, without the body', async () => {
    const head = await ask('/', {}, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(head.headers.get('etag')).toBe((await ask('/')).headers.get('etag'));
  });

  test.each([
    '/assets/manifest.json',
    '/assets/index.js',
    '/assets/..%2findex.js',
    '/assets/..%2f..%2fhost.json',
    '/assets/%2e%2e%2findex.js',
    '/assets/constructor',
    '/assets/__proto__',
  ])('serves nothing but its own files: %s', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('leaves the API where it was, with its own words for what is not there', async () => {
    expect((await ask('/api/rollouts')).status).toBe(200);
    for (const path of ['/api', '/api/rollout']) {
      const unknown = await ask(path);
      expect([unknown.status, unknown.headers.get('content-type')]).toEqual([
        404,
        'application/problem+json',
      ]);
    }
    expect((await ask('/rollouts')).status).toBe(404);
  });
});

function namesIn(text: string): string[] {
  const linked = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, name = '']) => name);
  const imported = [...text.matchAll(/["']\.\/([\w.-]+\.(?:js|css))["']/g)].map(
    ([, name = '']) => `/assets/${name}`,
  );
  return [...linked, ...imported];
}
