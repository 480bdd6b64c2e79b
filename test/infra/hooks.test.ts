import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from './infra-sources.ts';

const DEPLOYED = {
  AZURE_SUBSCRIPTION_ID: 'the-subscription',
  AZURE_RESOURCE_GROUP: 'rg-dev',
  API_URL: 'https://func.example.com/api',
  FUNCTION_APP_NAME: 'func',
  FIRMWARE_ACCOUNT: 'stfw',
  FIRMWARE_CONTAINER: 'firmware',
  RELEASES_CONTAINER: 'releases',
  DOWNLOAD_URL_MODE: 'sas',
  DOWNLOAD_POLICY: 'devices',
  IOT_HUB_NAME: 'my-hub',
  IOT_HUB_RESOURCE_GROUP: 'my-group',
  IOT_HUB_IS_NEW: 'true',
  IOT_HUB_IDENTITY_ID: '/identities/hub',
  EVENT_HUBS_NAMESPACE: 'evhns',
  EVENT_HUB_NAME: 'twin-changes',
};

/** The hooks for sh, with programs in place of the real ones that write down how they were called. */
describe('a hook', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hooks-'));
    for (const program of ['azd', 'curl', 'sleep']) await stand(program, 'exit 0');
  });
  afterEach(async () => rm(directory, { recursive: true, force: true }));

  /** A program that writes down its arguments, one call a line, and then does what `script` says. */
  async function stand(program: string, script: string): Promise<void> {
    const file = join(directory, program);
    await writeFile(file, `#!/bin/sh\necho "${program} $*" >> "${directory}/calls"\n${script}\n`);
    await chmod(file, 0o755);
  }

  async function runHook(name: string, env: Readonly<Record<string, string>> = {}) {
    const { status, stdout, stderr } = spawnSync('sh', [`infra/hooks/${name}.sh`], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { PATH: `${directory}:${process.env['PATH'] ?? ''}`, ...DEPLOYED, ...env },
    });
    const calls = (await readFile(join(directory, 'calls'), 'utf8').catch(() => ''))
      .split('\n')
      .filter(Boolean);
    return { status, output: stdout + stderr, calls };
  }

  test('subscribes the app to uploads, and tries again while the app does not answer', async () => {
    await stand('az', `test "$(grep -c '^az' "${directory}/calls")" -ge 3`);
    const { status, calls, output } = await runHook('blob-events');
    expect(status).toBe(0);
    expect(calls.filter((call) => call.startsWith('az deployment group create'))).toHaveLength(3);
    expect(calls.filter((call) => call.startsWith('sleep'))).toEqual(['sleep 15', 'sleep 30']);
    expect(calls.find((call) => call.startsWith('az'))).toContain('--subscription the-subscription');
    expect(output).toContain('Ready.');
  });

  test('gives up after five tries, and says what still works and what to do', async () => {
    await stand('az', 'exit 1');
    const { status, calls, output } = await runHook('blob-events');
    expect(status).toBe(1);
    expect(calls.filter((call) => call.startsWith('az'))).toHaveLength(5);
    expect(output).toContain('azd hooks run postdeploy');
  });

  test('makes the policy that download signatures name, once', async () => {
    await stand('az', 'exit 0');
    const first = await runHook('after-provision');
    expect(first.calls.at(-1)).toContain('storage container policy create');
    expect(first.calls.at(-1)).toContain('--name devices --permissions r ');
    await stand('az', 'echo r');
    const again = await runHook('after-provision');
    expect(again.calls.slice(first.calls.length).join()).not.toContain('policy create');
  });

  test('leaves storage and hub alone where there is nothing to do', async () => {
    await stand('az', 'exit 0');
    const { status, calls } = await runHook('after-provision', { DOWNLOAD_URL_MODE: 'public' });
    expect({ status, calls }).toEqual({ status: 0, calls: [] });
  });

  test('gives an existing hub its endpoint and routes, where they are missing', async () => {
    await stand('az', 'case "$*" in *" show "*) exit 1 ;; esac');
    const { status, calls } = await runHook('after-provision', {
      DOWNLOAD_URL_MODE: 'public',
      IOT_HUB_IS_NEW: 'false',
    });
    expect(status).toBe(0);
    const made = calls.filter((call) => call.includes(' create '));
    expect(made).toHaveLength(3);
    expect(made[0]).toContain('--endpoint-uri sb://evhns.servicebus.windows.net --entity-path twin-changes');
    expect(made[1]).toContain('--source-type twinchangeevents --condition is_defined($body.properties');
    expect(made[2]).toContain('--route-name device-life-cycle --source-type devicelifecycleevents');
    expect(calls.findIndex((call) => call.includes('identity assign'))).toBeLessThan(
      calls.indexOf(made[0] ?? ''),
    );
  });

  test('changes nothing on a hub that has them', async () => {
    await stand('az', 'exit 0');
    const { calls } = await runHook('after-provision', {
      DOWNLOAD_URL_MODE: 'public',
      IOT_HUB_IS_NEW: 'false',
    });
    expect(calls.filter((call) => call.includes(' create '))).toEqual([]);
  });

  test('sends the routes of an existing hub to its built-in endpoint, where there is no event hub', async () => {
    await stand('az', 'case "$*" in *" show "*) exit 1 ;; esac');
    const { status, calls } = await runHook('after-provision', {
      DOWNLOAD_URL_MODE: 'public',
      IOT_HUB_IS_NEW: 'false',
      EVENT_HUBS_NAMESPACE: '',
    });
    expect(status).toBe(0);
    const made = calls.filter((call) => call.includes(' create '));
    expect(made).toHaveLength(2);
    expect(
      made.every((call) => call.includes('message-route create') && / --endpoint-name events /.test(call)),
    ).toBe(true);
    expect(calls.join()).not.toContain('identity assign');
  });

  test('stops at the first step that fails', async () => {
    await stand('az', 'case "$*" in *" show "*|*"identity assign"*) exit 1 ;; esac');
    const { status, calls } = await runHook('after-provision', {
      DOWNLOAD_URL_MODE: 'public',
      IOT_HUB_IS_NEW: 'false',
    });
    expect(status).not.toBe(0);
    expect(calls.filter((call) => call.includes(' create '))).toEqual([]);
  });

  test('makes a secret for the proxy only where there is none', async () => {
    expect((await runHook('new-download-key')).calls).toEqual([]);
    const { calls, output } = await runHook('new-download-key', { OTA_DOWNLOAD_URL_MODE: 'proxy' });
    expect(calls).toEqual([expect.stringMatching(/^azd env set OTA_DOWNLOAD_TOKEN_KEY [0-9a-f]{64}$/)]);
    expect(output).not.toMatch(/[0-9a-f]{64}/);
    const kept = { OTA_DOWNLOAD_URL_MODE: 'proxy', OTA_DOWNLOAD_TOKEN_KEY: 'k'.repeat(64) };
    expect((await runHook('new-download-key', kept)).calls).toEqual(calls);
  });

  test('keeps no empty secret for the proxy where none can be made', async () => {
    await stand('openssl', 'exit 127');
    const { status, calls } = await runHook('new-download-key', { OTA_DOWNLOAD_URL_MODE: 'proxy' });
    expect(status).not.toBe(0);
    expect(calls.filter((call) => call.startsWith('azd'))).toEqual([]);
  });
});
