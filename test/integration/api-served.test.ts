import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, TestCloud } from './local-cloud-harness.ts';

/** The built app in the function host, over real HTTP. */
describe('the API as it is served', () => {
  let cloud: TestCloud;
  let base: string;
  const ask = async (path: string, init?: RequestInit) => fetch(`${base}${path}`, init);

  beforeAll(async () => {
    cloud = await TestCloud.start();
    base = cloud.cloud.endpoints.http;
  });
  afterAll(() => cloud.close());

  test('serves the document that is kept with the source', async () => {
    const kept = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    expect(await (await ask('/api/openapi.json')).text()).toBe(kept);
  });

  test('shows it on a page whose every part comes from here', async () => {
    const page = await ask('/api/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    expect(parts.filter((part) => part !== 'data:,')).toEqual([
      '/api/docs/swagger-ui.css',
      '/api/docs/swagger-ui-bundle.js',
      '/api/docs/start.js',
    ]);
    for (const part of parts.filter((one) => one.startsWith('/'))) {
      const answer = await ask(part);
      expect([answer.status, (await answer.text()).length > 50]).toEqual([200, true]);
      expect(answer.headers.get('content-type')).toMatch(/^text\/(?:css|javascript); charset=utf-8$/);
    }
    expect((await ask('/api/docs/index.js')).status).toBe(404);
    expect((await ask('/api/docs/..%2findex.js')).status).toBe(404);
  });

  test('answers HEAD with the headers of GET, and 304 to whom holds the answer', async () => {
    const get = await ask('/api/rollouts');
    const head = await ask('/api/rollouts', { method: 'HEAD' });
    const names = ['etag', 'content-type', 'content-length', 'cache-control'];
    expect(names.map((name) => head.headers.get(name))).toEqual(names.map((name) => get.headers.get(name)));
    expect([head.status, await head.text()]).toEqual([200, '']);
    const again = await ask('/api/rollouts', { headers: { 'if-none-match': get.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });

  test('refuses other methods with Allow, and knows which paths there are', async () => {
    const refused = await ask('/api/rollouts', { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const steered = await ask('/api/dead-letters/x/replay');
    expect([steered.status, steered.headers.get('allow')]).toEqual([405, 'POST']);
    const unknown = await ask('/api/rollout');
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  test('carries the correlation id from the request into the answer and the log', async () => {
    cloud.cloud.hubRest.outage(503);
    const answer = await ask('/api/health/ready', { headers: { 'x-correlation-id': 'served-0001' } });
    cloud.cloud.hubRest.outage(undefined);
    expect([answer.status, answer.headers.get('x-correlation-id')]).toEqual([503, 'served-0001']);
    expect(answer.headers.get('retry-after')).toBe('5');
    await eventually('the line of the request', async () =>
      cloud.lines.some(({ message }) => message.includes('"correlationId":"served-0001"')) ? true : undefined,
    );
  });

  test('answers repeated parameters as a problem, as the host joins them', async () => {
    expect((await ask('/api/rollouts?limit=1&limit=2')).status).toBe(400);
    expect((await ask('/api/rollouts?version=1.0&version=1.1')).status).toBe(400);
  });
});

describe('the API with Entra ID', () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    cloud = await TestCloud.start({ settings: { API_AUTH: 'entra' } });
  });
  afterAll(() => cloud.close());

  const statusFor = async (path: string, roles: readonly string[] | undefined, method = 'GET') => {
    const claims = [{ typ: 'roles', val: '' }, ...(roles ?? []).map((val) => ({ typ: 'roles', val }))];
    const principal = Buffer.from(JSON.stringify({ claims })).toString('base64');
    const headers = roles && { 'x-ms-client-principal': principal };
    const answer = await fetch(`${cloud.cloud.endpoints.http}${path}`, {
      method,
      ...(headers && { headers }),
    });
    return answer.status;
  };

  test('lets in whom the roles let in', async () => {
    const replay = '/api/dead-letters/2026-03-01@a@0@1/replay';
    expect(await statusFor('/api/rollouts', undefined)).toBe(401);
    expect(await statusFor('/api/rollouts', [])).toBe(403);
    expect(await statusFor('/api/rollouts', ['Ota.Read'])).toBe(200);
    expect(await statusFor(replay, ['Ota.Read'], 'POST')).toBe(403);
    expect(await statusFor(replay, ['Ota.Write'], 'POST')).toBe(404);
    expect(await statusFor('/api/health', undefined)).toBe(200);
    expect(await statusFor('/api/health/ready', undefined)).toBe(401);
  });
});
