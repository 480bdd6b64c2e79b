import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exampleRolloutDetail } from '../../src/functions/api/rollout-schemas.ts';
import { ota as otaProcess, type Ran } from './cli-harness.ts';

const OTA = fileURLToPath(new URL('../../cli/ota.mjs', import.meta.url));
const KEY = 'the-right-key';

let server: Server;
let files: string;
let url: string;
/** The answers to the next requests of a rollout, in their order; the last one stays. */
let states: ('running' | 'completed' | 'broken')[] = [];

/** What stands before an app with function keys: the host answers 401 itself, without a word. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const isOpen = request.url === '/api/health' || request.headers['x-functions-key'] === KEY;
    if (!isOpen) return void response.writeHead(401).end();
    const state = (states.length > 1 ? states.shift() : states[0]) ?? 'running';
    if (state === 'broken') return void response.writeHead(502).end();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...exampleRolloutDetail, state, status: 'ok', value: [] }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  files = await mkdtemp(join(tmpdir(), 'ota-access-'));
});
beforeEach(() => {
  states = ['running'];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(files, { recursive: true, force: true });
});

const ota = (words: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  otaProcess(words, { directory: files, env: { OTA_URL: url, ...env } });

describe('a key', () => {
  test('that is absent or wrong: exit code 4, and where to put the right one', async () => {
    for (const env of [{}, { OTA_KEY: 'wrong' }]) {
      const ran = await ota(['status'], env);
      expect(ran).toMatchObject({ exit: 4, out: '' });
      expect(ran.err).toContain('Put a function key into OTA_KEY');
      expect(ran.err).not.toContain('wrong');
    }
  });

  test('is taken from the environment, or from a file', async () => {
    expect((await ota(['status'], { OTA_KEY: KEY })).exit).toBe(0);
    await writeFile(join(files, 'key'), `${KEY}\n`);
    expect((await ota(['status', '--key-file', 'key'])).exit).toBe(0);
    expect((await ota(['status', '--key-file', 'none'])).exit).toBe(5);
  });

  test('that is no single word is not sent, and not shown', async () => {
    await writeFile(join(files, 'two-keys'), 'geheim\ngeheim\n');
    const tries = [
      await ota(['status'], { OTA_KEY: 'geheim\ngeheim' }),
      await ota(['status'], { OTA_TOKEN: 'geheim geheim' }),
      await ota(['status', '--key-file', 'two-keys']),
    ];
    for (const { exit, err } of tries) {
      expect(exit).toBe(2);
      expect(err).toContain('has to be one word');
      expect(err).not.toContain('geheim');
    }
    const missing = await ota(['status'], { OTA_KEY: '' });
    expect(missing).toMatchObject({
      exit: 4,
      err: expect.stringContaining('Put a function key into OTA_KEY'),
    });
  });

  test('is no option: it would stand in the list of processes', async () => {
    const ran = await ota(['status', '--key', KEY]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain('Did you mean --key-file?');
  });

  test('is what the doctor asks for where it is missing', async () => {
    const ran = await ota(['doctor']);
    expect(ran.exit).toBe(1);
    expect(ran.out).toMatch(/^ok {4}app +it answers$/m);
    expect(ran.out).toMatch(/^fail {2}read/m);
    expect(ran.out).toContain('OTA_KEY');
  });
});

test('watching goes on where the app does not answer for a moment', async () => {
  states = ['running', 'broken', 'completed'];
  const ran = await ota(['watch', exampleRolloutDetail.id], { OTA_KEY: KEY });
  expect(ran).toMatchObject({ exit: 0, err: '' });
  expect(ran.out).toContain('is completed after');
});

test('a program that watches gets a document for each change, and no other', async () => {
  states = ['running', 'running', 'running', 'completed'];
  const ran = await ota(['watch', exampleRolloutDetail.id, '--output', 'json'], { OTA_KEY: KEY });
  const documents = ran.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { state: string });
  expect(documents.map(({ state }) => state)).toEqual(['running', 'completed']);
  expect(ran.exit).toBe(0);
});

test('watching ends with exit code 7 where the time is over', async () => {
  const ran = await ota(['watch', exampleRolloutDetail.id, '--timeout', '0'], { OTA_KEY: KEY });
  expect(ran.exit).toBe(7);
  expect(ran.err).toContain(`ota watch ${exampleRolloutDetail.id}`);
});

/** Runs the command on a terminal of 60 columns; `script` (bsdutils) makes one. */
async function onTerminal(words: string, env: Record<string, string>, typed = ''): Promise<Ran> {
  const line = `stty cols 60 rows 40; exec '${process.execPath}' '${OTA}' ${words}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', OTA_URL: url, OTA_KEY: KEY, ...env },
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (typed !== '' && out.includes('[y/N]')) child.stdin.end(typed);
  });
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { exit, out, err: '' };
}

describe.skipIf(process.platform !== 'linux')('on a terminal', () => {
  test('a rollout is drawn in place, within the width, and the cursor comes back', async () => {
    states = ['running', 'running', 'completed'];
    const { exit, out } = await onTerminal(`watch ${exampleRolloutDetail.id}`, {});
    expect(exit).toBe(0);
    expect(out).toContain('\u001B[32mrunning\u001B[39m');
    // oxlint-disable-next-line no-control-regex -- what moves the cursor is what is looked at
    expect(out).toMatch(/\u001B\[\d+F\u001B\[J/);
    expect(out.trimEnd().endsWith('\u001B[?25h')).toBe(true);
    // oxlint-disable-next-line no-control-regex -- the same
    const lines = out.replaceAll(/\u001B\[\??\d*[A-Za-z]/g, '').split(/\r?\n/);
    expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(60);
  });

  test('there are no colours where NO_COLOR is set', async () => {
    const { out } = await onTerminal(`status ${exampleRolloutDetail.id}`, { NO_COLOR: '1' });
    expect(out).toContain('running');
    expect(out).not.toContain('\u001B[');
  });

  test('a person is told how many devices it touches, and may say no', async () => {
    const { exit, out } = await onTerminal(`stop ${exampleRolloutDetail.id} --reason Calls`, {}, 'n\n');
    expect(out).toContain('3 devices that are at work will finish');
    expect(out).toContain('Nothing was done.');
    expect(exit).toBe(1);
  });

  test.each([
    ['Ctrl-C', '\u0003', 130],
    ['Ctrl-D', '\u0004', 1],
  ])('%s where a confirmation is asked for does nothing, and is no fault', async (_key, typed, code) => {
    const { exit, out } = await onTerminal(`stop ${exampleRolloutDetail.id} --reason Calls`, {}, typed);
    expect(out.includes('Nothing was done.')).toBe(code === 1);
    expect(out).not.toMatch(/AbortError|unsettled|\n +at /);
    expect(exit).toBe(code);
  });
});
