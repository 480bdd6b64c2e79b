import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { superviseFunctionHost } from '../../local/function-host/supervisor.ts';
import { eventually, fixtureApp, startFixture } from './function-host-harness.ts';

const PARENT = fileURLToPath(new URL('../fixtures/function-host-parent.ts', import.meta.url));

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

  test('a stop does not wait forever for a request that never ends', async () => {
    const app = await startFixture('http', {});
    const running = fetch(`${app.host.url}/api/never`).catch(() => 'cut off');
    await eventually('the request to be running', () =>
      app.lines.some((line) => line.message === 'never began'),
    );
    const begin = performance.now();
    await app.host.stop();
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(await running).toBe('cut off');
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

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
