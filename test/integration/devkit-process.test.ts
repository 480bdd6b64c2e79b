import { execFile, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FleetMessage } from '../../local/devkit/fleet-main.ts';
import { DevKitHub } from './devkit-hub.ts';
import { IMAGE } from './devkit-lab.ts';
import { listenOnFreePort } from './devkit-server.ts';

const FLEET = fileURLToPath(new URL('../../local/devkit/fleet-main.ts', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../local/devkit/main.ts', import.meta.url));
const TSX = ['--import', 'tsx'];

let hub: DevKitHub;
let folder = '';
let children: ChildProcess[] = [];
let registered = 0;

beforeAll(async () => {
  hub = await DevKitHub.start();
  folder = await mkdtemp(join(tmpdir(), 'devkit-process-'));
  await writeFile(join(folder, 'ca.pem'), hub.ca);
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

describe('the process of a fleet', () => {
  it('starts, updates, resets and stops at the word of its parent', async () => {
    const { child, messages } = startFleet();
    const id = newId();
    child.send(config([{ connectionString: hub.register(id), faults: 'error-until-reset' }]));
    await until(() => expect(messages).toContainEqual({ kind: 'started', devices: 1, connected: 1 }));
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id).at(-1)).toBe('Error DownloadFailed'));
    await until(() =>
      expect(messages).toContainEqual({
        kind: 'line',
        line: expect.objectContaining({ deviceId: id, kind: 'reported', status: 'Error' }),
      }),
    );
    child.send({ kind: 'reset', deviceId: id });
    await until(() => expect(hub.story(id).at(-1)).toBe('Current 1.0.1'));
    child.send({ kind: 'reset', deviceId: 'nobody' });
    await until(() =>
      expect(messages).toContainEqual({ kind: 'failed', message: 'The fleet has no device "nobody".' }),
    );
    child.send({ kind: 'stop' });
    await expect(exitOf(child)).resolves.toBe(0);
    expect(messages.at(-1)).toEqual({ kind: 'stopped' });
  });

  it('leaves the hub and ends when its parent lets go of it', async () => {
    const { child, messages } = startFleet();
    const id = newId();
    child.send(config([{ connectionString: hub.register(id) }]));
    await until(() => expect(messages.at(-1)?.kind).toBe('started'));
    child.disconnect();
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    await until(() => expect(hub.isConnected(id)).toBe(false));
  });

  it('ends on SIGTERM while the hub is away', async () => {
    const { child, messages } = startFleet();
    const nowhere = 'HostName=localhost:1;DeviceId=dev;SharedAccessKey=a2V5';
    child.send(config([{ connectionString: nowhere }]));
    await until(() => expect(JSON.stringify(messages)).toContain('connect-failed'));
    child.kill('SIGTERM');
    await expect(exitOf(child)).resolves.toBe(0);
  });

  it('ends on SIGTERM while the hub takes connections and never answers', async () => {
    const silent = createServer();
    const port = await listenOnFreePort(silent);
    const { child, messages } = startFleet();
    child.send(
      config([{ connectionString: `HostName=localhost:${port};DeviceId=dev;SharedAccessKey=a2V5` }]),
    );
    await once(silent, 'connection');
    const begin = performance.now();
    child.kill('SIGTERM');
    await expect(exitOf(child)).resolves.toBe(0);
    // Long before the client would give up by itself, on however busy a machine.
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(messages.at(-1)).toEqual({ kind: 'stopped' });
    silent.close();
  });

  it('says what is wrong with its configuration, without the values, and ends', async () => {
    const { child, messages } = startFleet();
    child.send({ ...config([{ connectionString: 'secret', faults: 'broken' }]), speed: 0 });
    await expect(exitOf(child)).resolves.toBe(1);
    const told = JSON.stringify(messages);
    expect(told).toMatch(/"failed".*devices\.0\.faults.*speed/);
    expect(told).not.toContain('secret');
  });

  it('reads a file and writes JSON lines without a parent that talks to it', async () => {
    const file = join(folder, 'fleet.json');
    const id = newId();
    await writeFile(file, JSON.stringify(config([{ connectionString: hub.register(id) }])));
    const { child, output } = start([...TSX, FLEET, file]);
    await until(() => expect(output()).toContain('{"kind":"started","devices":1,"connected":1}\n'));
    child.kill('SIGTERM');
    await expect(exitOf(child)).resolves.toBe(0);
    const lines = output().trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ kind: 'stopped' });
  });
});

describe('the command', () => {
  it('runs one device, shows what it does, and is switched off by Ctrl-C', async () => {
    const id = newId();
    const connectionString = hub.register(id);
    const ca = join(folder, 'ca.pem');
    const args = ['--connection-string', connectionString, '--ca', ca, '--speed', '200'];
    const { child, output } = start([...TSX, COMMAND, ...args]);
    await until(() => expect(output()).toContain(`${id}: Current 1.0.0`));
    hub.desire(id, { ...hub.release('1.0.1', IMAGE), more: 1 });
    await until(() => expect(output()).toContain(`${id}: Current 1.0.1`));
    child.kill('SIGINT');
    await expect(exitOf(child)).resolves.toBe(0);
    expect(output()).toMatch(/Downloading 1\.0\.0 -> 1\.0\.1 \(https:.*\.bin\)/);
    expect(output()).not.toContain(/SharedAccessKey=(.*)$/.exec(connectionString)?.[1]);
  });

  it('helps', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...TSX, COMMAND, '--help']);
    expect(stdout).toContain('--connection-string');
    expect(stdout).toContain('falls-back');
  });

  it('refuses wrong arguments with a sentence and exit code 2', async () => {
    const { child, output } = start([...TSX, COMMAND, '--connection-string', 'HostName=h']);
    await expect(exitOf(child)).resolves.toBe(2);
    expect(output()).toContain('The device connection string has no DeviceId.');
    expect(output()).not.toContain('at ');
  });
});

describe('the command that writes an image', () => {
  const command = fileURLToPath(new URL('../../local/devkit/image-main.ts', import.meta.url));

  it('writes what devices accept', async () => {
    const file = join(folder, 'image.bin');
    const args = [...TSX, command, '--version', '1.0.1', '--size', '60000', '--out', file];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/image\.bin: 60000 bytes, CRC 0x[\da-f]{4}\n$/);
    await expect(readFile(file)).resolves.toEqual(IMAGE);
  });

  it.each([
    [[], '--version is missing'],
    [['--version', '1.0.1', '--size', '100'], 'at least 520 are needed'],
    [['--version', '1.0.1', '--size', '1e5'], 'must be whole numbers'],
    [['--verson', '1.0.1'], "Unknown option '--verson'"],
  ])('refuses %j', async (args, message) => {
    const { child, output } = start([...TSX, command, ...args]);
    await expect(exitOf(child)).resolves.toBe(2);
    expect(output()).toContain(message);
  });
});

function newId(): string {
  return `process-${++registered}`;
}

function config(devices: object[]): Record<string, unknown> {
  return { devices, ca: hub.ca, runningVersion: '1.0.0', speed: 200 };
}

function startFleet(): { child: ChildProcess; messages: FleetMessage[] } {
  const child = fork(FLEET, { execArgv: TSX });
  children.push(child);
  const messages: FleetMessage[] = [];
  child.on('message', (message) => messages.push(message as FleetMessage));
  return { child, messages };
}

function start(args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
  return { child, output: () => output };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

/** Waits for what the assertions in `check` say. */
function until(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 50 });
}
