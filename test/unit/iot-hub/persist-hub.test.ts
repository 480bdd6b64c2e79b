import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import type { HubStoreError, PersistentHub } from '../../../local/iot-hub/persist-hub.ts';
import { openHub } from '../../../local/iot-hub/persist-hub.ts';
import type { HubAtHand } from './hub-at-hand.ts';
import { addConfiguration, addDevices, desiredOf, hubAtHand } from './hub-at-hand.ts';

const DELAY = 20;
let directory: string;
let failures: HubStoreError[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hub-'));
  failures = [];
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

async function open(path = directory): Promise<PersistentHub & Pick<HubAtHand, 'pass'>> {
  const { options, pass } = hubAtHand();
  const file = { directory: path, delayMs: DELAY, failed: (error: HubStoreError) => failures.push(error) };
  return { ...(await openHub(options, file)), pass };
}

test('everything is there again after a restart, and no device is connected', async () => {
  const first = await open(join(directory, 'made', 'here'));
  addDevices(first.hub, { a: { site: 'north' } });
  addConfiguration(first.hub, 'one');
  first.pass(100);
  first.hub.connect('a', { desired: () => undefined, drop: () => undefined }).subscribeDesired();
  const before = first.hub.snapshot();
  await first.close();

  const second = await open(join(directory, 'made', 'here'));
  expect(second.hub.snapshot()).toEqual({
    ...before,
    devices: before.devices.map((device) => ({ ...device, connected: false })),
  });
  expect(second.hub.policyKey('iothubowner')).toBe(first.hub.policyKey('iothubowner'));

  const patches: unknown[] = [];
  second.hub.connect('a', { desired: (patch) => patches.push(patch), drop: () => undefined });
  second.hub.configurations.delete('one', undefined);
  second.pass(100);
  expect(patches).toEqual([{ firmware: null, $version: 3 }]);
  await second.close();
});

test('an evaluation that was due when the hub stopped is made up for', async () => {
  const first = await open();
  addDevices(first.hub, { a: {} });
  addConfiguration(first.hub, 'one');
  await first.close();
  const second = await open();
  second.pass(100);
  expect(desiredOf(second.hub, 'a')).toEqual({ firmware: { fwVersion: 'one' } });
  await second.close();
});

test('a change is written after the delay, without a close', async () => {
  const { hub, pass } = await open();
  addDevices(hub, { a: {}, b: {} });
  expect(await readdir(directory)).toEqual([]);
  pass(DELAY);
  await vi.waitFor(async () => expect(await readdir(directory)).toEqual(['iot-hub.json']));
  const file = JSON.parse(await readFile(join(directory, 'iot-hub.json'), 'utf8'));
  expect(file).toEqual(JSON.parse(JSON.stringify(hub.snapshot())));
});

test.each([['{"version":1,'], ['{"version":99}'], ['[]']])(
  'a file with %s is not overwritten',
  async (text) => {
    await writeFile(join(directory, 'iot-hub.json'), text);
    await expect(open()).rejects.toMatchObject({ code: 'HubFileUnreadable' });
    expect(await readFile(join(directory, 'iot-hub.json'), 'utf8')).toBe(text);
  },
);

test('a write that fails is told, and the next change tries again', async () => {
  const { hub, pass, close } = await open();
  await rm(directory, { recursive: true });
  pass(DELAY);
  await vi.waitFor(() => expect(failures).toMatchObject([{ code: 'HubFileUnwritable' }]));
  addDevices(hub, { a: {} });
  await expect(close()).rejects.toMatchObject({ code: 'HubFileUnwritable' });
});
