import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startFixture, type TestHost } from './function-host-harness.ts';

describe('HTTP functions', () => {
  let app: TestHost;
  beforeAll(async () => {
    app = await startFixture('http', { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' }, { key: 'local key' });
  });
  afterAll(async () => app.host.stop());

  const call = async (target: string, init?: RequestInit): Promise<Response> =>
    fetch(app.host.url + target, init);

  test('a request reaches the function whole, and its answer comes back whole', async () => {
    const response = await call('/api/things/a%20b?x=1&x=2&y=', {
      method: 'POST',
      body: 'payload',
      headers: { 'x-given': 'header' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-method')).toBe('POST');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.getSetCookie()).toEqual([
      'seen=a%20b; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect(await response.json()).toEqual({
      url: `${app.host.url}/api/things/a%20b?x=1&x=2&y=`,
      id: 'a b',
      // Azure's host joins repeated keys before the worker sees them.
      query: { x: '1,2', y: '' },
      header: 'header',
      body: 'payload',
      triggerMetadata: 'none',
    });
  });

  test('context.warn arrives with level, function and invocation', () => {
    const line = app.lines.find((candidate) => candidate.message === 'echo was called');
    expect(line).toMatchObject({ level: 'warning', category: 'function', functionName: 'echo' });
    expect(line?.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a literal segment beats a parameter, and a catch-all keeps its slashes', async () => {
    expect(await (await call('/api/things/known')).text()).toBe('literal');
    expect(await (await call('/API/Things/KNOWN')).text()).toBe('literal');
    expect(await (await call('/api/files/a/b%2Fc.txt')).text()).toBe('a/b/c.txt');
  });

  test('an unknown path and a method that is not registered are both 404', async () => {
    expect((await call('/api/unknown')).status).toBe(404);
    expect((await call('/things/1')).status).toBe(404);
    expect((await call('/api/things/1', { method: 'DELETE' })).status).toBe(404);
  });

  test('HEAD gets status and headers without a body', async () => {
    const response = await call('/api/things/1', { method: 'HEAD' });
    expect(response.status).toBe(201);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(50);
    expect(await response.text()).toBe('');
  });

  test('no result is 204', async () => {
    const response = await call('/api/nothing');
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  test('bytes survive both ways', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const response = await call('/api/reverse', { method: 'POST', body: bytes });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.toReversed());
  });

  test('a body over the limit is 413, announced or streamed', async () => {
    const body = 'x'.repeat(1001);
    expect((await call('/api/reverse', { method: 'POST', body })).status).toBe(413);
    expect(await statusOfChunkedPost(`${app.host.url}/api/reverse`, body)).toBe(413);
  });

  test('what a function throws is a bare 500; the details are in the log alone', async () => {
    const response = await call('/api/fails');
    expect([response.status, await response.text()]).toEqual([500, '']);
    const line = await eventually('the error in the log', () =>
      app.lines.find((candidate) => candidate.functionName === 'fails' && candidate.level === 'error'),
    );
    expect(line.message).toContain('a secret detail');
  });

  test('auth level "function" asks for the key, in a header or in the query', async () => {
    expect((await call('/api/guarded')).status).toBe(401);
    expect((await call('/api/guarded?code=wrong')).status).toBe(401);
    expect(await (await call('/api/guarded?code=local%20key')).text()).toBe('let in');
    expect((await call('/api/guarded', { headers: { 'x-functions-key': 'local key' } })).status).toBe(200);
    expect((await call('/admin/host/status')).status).toBe(401);
  });

  test('the host says that it runs', async () => {
    const response = await call('/admin/host/status?code=local%20key');
    expect(await response.json()).toMatchObject({ state: 'Running', id: 'http' });
  });

  test('only timer functions can be run by hand', async () => {
    const run = (name: string) => call(`/admin/functions/${name}?code=local%20key`, { method: 'POST' });
    expect((await run('echo')).status).toBe(400);
    expect((await run('nobody')).status).toBe(404);
  });

  test('hooks may replace the handler and its result, and share their data', async () => {
    expect(await (await call('/api/hooked')).text()).toBe('replaced handler, before and after');
  });

  test('once the app has started, nothing more can be registered', async () => {
    expect(await (await call('/api/late')).text()).toBe(
      'A function can only be registered during app startup.',
    );
  });

  test('the supervisor knows the functions', () => {
    expect(app.host.functions()).toContainEqual({
      name: 'echo',
      trigger: 'http',
      route: '/api/things/{id}',
      methods: ['GET', 'POST', 'HEAD'],
    });
  });
});

/** fetch refuses to stream a body without half-duplex options; plain chunks do. */
async function statusOfChunkedPost(url: string, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.write(body.slice(0, 500));
    request.end(body.slice(500));
  });
}
