import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { superviseFunctionHost } from '../../local/function-host/supervisor.ts';
import { eventually, fixtureApp, startFixture, type TestHost } from './function-host-harness.ts';

const PARENT = fileURLToPath(new URL('../fixtures/function-host-parent.ts', import.meta.url));

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

describe('the process of the host', () => {
  test('an exception outside of any invocation is reported and the app restarted on the same URL', async () => {
    const app = await startFixture('http', {});
    try {
      const { url } = app.host;
      expect(await (await fetch(`${url}/api/crashes`)).text()).toBe('about to crash');
      await eventually('a restart', () => app.host.restarts() === 1);
      await app.host.ready();
      expect(app.host.url).toBe(url);
      expect((await fetch(`${url}/api/guarded`)).status).toBe(200);
      const fatal = app.lines.find((line) => line.level === 'critical');
      expect(fatal?.message).toContain('thrown outside of any invocation');
    } finally {
      await app.host.stop();
    }
  });

  test('after kill -9 it comes back; a stop lets a running request end and runs the terminate hooks', async () => {
    const app = await startFixture('http', {});
    const before = app.host.pid();
    app.host.kill();
    await app.host.ready();
    expect(app.host.pid()).not.toBe(before);
    const running = fetch(`${app.host.url}/api/slow`);
    await eventually('the request to be running', () =>
      app.lines.some((line) => line.message === 'slow began'),
    );
    await app.host.stop();
    expect(await (await running).text()).toBe('finished');
    expect(
      app.lines.some((line) => line.category === 'console' && line.message === 'appTerminate hook ran'),
    ).toBe(true);
    await expect(fetch(`${app.host.url}/api/slow`)).rejects.toThrow('fetch failed');
  });

  test('it ends by itself when its supervisor is killed', async () => {
    const parent = spawn(process.execPath, ['--import', 'tsx', PARENT, fixtureApp('http')], {
      stdio: 'pipe',
    });
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const hostPid = Number(output.toString());
    expect(isAlive(hostPid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually('the end of the host', () => !isAlive(hostPid));
  });

  test('a port that is taken is an error that names it', async () => {
    const first = await startFixture('http', {});
    const port = Number(new URL(first.host.url).port);
    await expect(startFixture('http', {}, { port })).rejects.toThrow(`cannot be served on 127.0.0.1:${port}`);
    await first.host.stop();
  });

  test('whoever waits for a host that gets stopped is told so', async () => {
    const app = await startFixture('http', {});
    app.host.kill();
    const waiting = app.host.ready();
    await Promise.all([
      expect(waiting).rejects.toThrow('The function host has been stopped.'),
      app.host.stop(),
    ]);
  });

  test('a CommonJS app runs, and a function over functionTimeout costs the process, as in Azure', async () => {
    const app = await startFixture('commonjs', {});
    try {
      expect(await (await fetch(`${app.host.url}/hello`)).text()).toBe('from CommonJS');
      await fetch(`${app.host.url}/hangs`).catch(() => {});
      await eventually('a restart', () => app.host.restarts() === 1);
      await app.host.ready();
      expect(app.lines.map((line) => line.message)).toContain('Timeout of 1 s exceeded by function "hangs".');
      expect((await fetch(`${app.host.url}/hello`)).status).toBe(200);
    } finally {
      await app.host.stop();
    }
  });
});

describe('an app that cannot start', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'function-host-'));
    await writeFile(path.join(dir, 'host.json'), '{"version":"2.0"}');
    await writeFile(path.join(dir, 'package.json'), '{"type":"module","main":"dist/*.js"}');
  });
  afterAll(async () => rm(dir, { recursive: true }));

  const start = async (appDir: string, env = {}): Promise<unknown> =>
    superviseFunctionHost({ appDir, env, port: 0, log: () => {} });

  test('a main that matches no file is refused, which Azure passes over in silence', async () => {
    await expect(start(dir)).rejects.toThrow(
      `package.json "main" is "dist/*.js", which matches no file in ${dir}`,
    );
  });

  test('the message of an app that throws while loading is handed on', async () => {
    await writeFile(
      path.join(dir, 'broken.js'),
      `throw new Error('The setting IotHub is missing, for example …');`,
    );
    await writeFile(path.join(dir, 'package.json'), '{"type":"module","main":"broken.js"}');
    await expect(start(dir)).rejects.toThrow('The setting IotHub is missing, for example …');
  });

  test('two functions of one name are refused, in the words of the platform', async () => {
    await expect(start(fixtureApp('duplicate'))).rejects.toThrow(
      'A function with name "twin" has already been registered.',
    );
  });

  test('a setting that a binding needs is named', async () => {
    await expect(start(fixtureApp('blob'), { UploadStorage: 'x' })).rejects.toThrow(
      'The app setting "UPLOADS" is missing',
    );
    await expect(
      start(fixtureApp('blob'), { UPLOADS: 'u', UploadStorage__blobServiceUri: 'https://x' }),
    ).rejects.toThrow('The connection "UploadStorage" is identity-based');
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

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
