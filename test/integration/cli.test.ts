import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { jsonOf, ota as otaProcess, type Ran, type RunOptions } from './cli-harness.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const DEVICES = 6;
/** Waits for a person after its first stage: the tests decide when it goes on. */
const PLAN = {
  stages: [
    { percent: 50, minDevices: 3, gate: { minAnswered: 1, maxFailedPercent: 100, soakMinutes: 0 } },
    { percent: 100, approval: true, gate: { soakMinutes: 0 } },
  ],
};

let cloud: TestCloud;
let fleet: FleetProcess;
let files: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  cloud = await TestCloud.start({ settings: { ROLLOUT_JUDGE_SCHEDULE: '* * * * * *' } });
  env = { OTA_URL: cloud.cloud.endpoints.http };
  files = await mkdtemp(join(tmpdir(), 'ota-cli-'));
  await writeFile(
    join(files, 'FirmwareOTA-1.0.1.bin'),
    buildFirmwareImage({ version: '1.0.1', size: 200_000 }),
  );
  await writeFile(join(files, 'empty-1.0.9.bin'), '');
  await writeFile(join(files, 'check.bin'), '123456789');
  fleet = await startFleetProcess(cloud.cloud, {
    devices: DEVICES,
    speed: 100,
    faults: {},
    onMessage: () => undefined,
  });
}, 120_000);
afterAll(async () => {
  await fleet.stop();
  await cloud.close();
  await rm(files, { recursive: true, force: true });
});

const ota = (words: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  otaProcess(words, { directory: files, ...options, env: { ...env, ...options.env } });

/** An address that listened a moment ago, and does not any more. */
async function addressOfNobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe('without an app', () => {
  test('a host that does not answer: exit code 3, and what to do', async () => {
    const url = await addressOfNobody();
    const ran = await ota(['status'], { env: { OTA_URL: url } });
    expect(ran).toMatchObject({ exit: 3, out: '' });
    expect(ran.err).toContain(`error: ${url}: The app does not answer. (ECONNREFUSED)`);
    expect(ran.err).toContain('npm start');
  });

  test('a key is not sent where everybody could read it, nor taken from an address', async () => {
    const plain = await ota(['status', '--url', 'http://example.com'], { env: { OTA_KEY: 'k' } });
    expect(plain).toMatchObject({ exit: 2, out: '' });
    expect(plain.err).toContain('not https');
    const inUrl = await ota(['status', '--url', 'https://example.com/?code=k']);
    expect(inUrl.exit).toBe(2);
    expect(inUrl.err).toContain('OTA_KEY');
  });

  test('ota crc prints what the IoT Workbench prints', async () => {
    const ran = await ota(['crc', 'check.bin']);
    expect(ran.exit).toBe(0);
    expect(ran.out).toBe(
      [
        '========== CRC Information ==========',
        '',
        'fwPath: check.bin',
        'fwPackageCheckValue: 31c3',
        'fwSize: 9',
        '',
        '======================================',
        '',
      ].join('\n'),
    );
    expect(jsonOf(await ota(['crc', 'check.bin', '--output', 'json']))).toMatchObject({
      fwPackageCheckValue: '31c3',
      fwSize: 9,
    });
    expect((await ota(['crc', 'none.bin'])).exit).toBe(5);
  });

  test('help goes to the output, and a slip is met with what was meant', async () => {
    expect(await ota(['--help'])).toMatchObject({ exit: 0, err: '' });
    expect(await ota(['watch', '--help'])).toMatchObject({ exit: 0, err: '' });
    const slip = await ota(['statsu']);
    expect(slip.exit).toBe(2);
    expect(slip.err).toContain('Did you mean "status"?');
  });
});

describe('with the local cloud', () => {
  test('an image that is refused: exit code 1, the reason, and the list of refusals has it', async () => {
    const ran = await ota(['publish', 'empty-1.0.9.bin']);
    expect(ran.exit).toBe(1);
    expect(ran.out).toContain('refused  empty-1.0.9.bin: image-empty');
    const refusals = jsonOf(await ota(['refusals', '--output', 'json'])) as {
      value: { path: string; code: string }[];
    };
    expect(refusals.value).toMatchObject([{ path: 'empty-1.0.9.bin', code: 'image-empty' }]);
    expect((await ota(['refusals'])).out).toContain('image-empty');
  });

  test('an image is published, watched to its pause for approval, approved, and watched to its end', async () => {
    await cloud.drop('plans/asked.json', Buffer.from(JSON.stringify(PLAN)));
    const dry = await ota([
      'publish',
      'FirmwareOTA-1.0.1.bin',
      '--name',
      'try-1.0.1.bin',
      '--plan',
      'asked',
      '--dry-run',
    ]);
    expect(dry).toMatchObject({ exit: 0 });
    expect(dry.out).toContain('checked  try-1.0.1.bin would be released. Nothing was released.');
    expect(dry.out).toMatch(/IoTDevKit 1\.0\.1 by the plan asked: 6 devices match \*/);
    expect(dry.out).toMatch(/configurations on the hub: 0 of 100/);

    const published = await ota([
      'publish',
      'FirmwareOTA-1.0.1.bin',
      '--plan',
      'asked',
      '--label',
      'team=field',
    ]);
    expect(published).toMatchObject({ exit: 0 });
    expect(published.out).toContain(`admitted  FirmwareOTA-1.0.1.bin is delivered by the rollout ${ROLLOUT}`);

    const waiting = await ota(['watch', ROLLOUT], {
      onOutput: (out, interrupt) => /approv/i.test(out) && interrupt(),
    });
    expect(waiting.exit).toBe(130);
    // Piped: lines, nothing that steers a terminal.
    expect(waiting.out).not.toContain('\u001B');
    expect(waiting.out.split('\n')[0]).toMatch(/^\d{4}-.*Z fw-iotdevkit-1-0-1 (?:starting|running) stage/);

    const unconfirmed = await ota(['approve', ROLLOUT, '--reason', 'Looks good']);
    expect(unconfirmed.exit).toBe(2);
    expect(unconfirmed.err).toMatch(/It would do: Stage 2 of 2 may open, beyond the \d devices? targeted/);
    const approved = await ota(['approve', ROLLOUT, '--reason', 'Looks good', '--yes']);
    expect(approved).toMatchObject({ exit: 0 });

    const watched = await ota(['watch', ROLLOUT, '--timeout', '100']);
    expect(watched.exit).toBe(0);
    expect(watched.out.trimEnd().split('\n').at(-1)).toMatch(/^fw-iotdevkit-1-0-1 is completed after /);
  }, 180_000);

  test('straight into Blob Storage: the app tells the outcome by the tags of the blob', async () => {
    const storage = { OTA_STORAGE: cloud.cloud.endpoints.storage, OTA_URL: 'http://127.0.0.1:1' };
    const same = await ota(
      ['publish', 'FirmwareOTA-1.0.1.bin', '--name', 'again-1.0.1.bin', '--plan', 'asked'],
      {
        env: storage,
      },
    );
    expect(same.out).toContain(`is delivered by the rollout ${ROLLOUT}`);
    expect(same.exit).toBe(0);
    const refused = await ota(['publish', 'empty-1.0.9.bin'], { env: storage });
    expect(refused.exit).toBe(1);
    expect(refused.out).toContain('image-empty');
    const secret = await ota(['publish', 'empty-1.0.9.bin', '--storage', 'https://a.example.com/?sig=s']);
    expect(secret.exit).toBe(2);
    expect(secret.err).toContain('OTA_STORAGE');
    const { storage: connectionString } = cloud.cloud.endpoints;
    const shown = await ota(['publish', 'empty-1.0.9.bin', '--storage', connectionString]);
    expect(shown.exit).toBe(2);
    expect(shown.err).toContain('Put the connection string into the environment variable OTA_STORAGE');
    expect(shown.err).not.toContain(connectionString);
  }, 60_000);

  test('the same bytes once more change nothing, and say so', async () => {
    const same = await ota(['publish', 'FirmwareOTA-1.0.1.bin', '--name', 'once-more-1.0.1.bin']);
    expect(same).toMatchObject({ exit: 0 });
    expect(same.out).toContain(`unchanged  the same bytes are delivered by the rollout ${ROLLOUT} already`);
  });

  test('status, devices, a device, releases and the journal tell of it, for people and for programs', async () => {
    expect((await ota(['status'])).out).toMatch(/^fw-iotdevkit-1-0-1  completed  2\/2/m);
    const one = await ota(['status', ROLLOUT]);
    expect(one.out).toContain(`${DEVICES} of ${DEVICES} devices have an end`);
    expect(jsonOf(await ota(['status', ROLLOUT, '--output', 'json']))).toMatchObject({
      id: ROLLOUT,
      state: 'completed',
      labels: { team: 'field' },
    });

    const devices = jsonOf(await ota(['devices', ROLLOUT, '--state', 'succeeded', '--output', 'json'])) as {
      value: { deviceId: string }[];
      more: boolean;
    };
    expect(devices.value).toHaveLength(DEVICES);
    expect(devices.more).toBe(false);
    const cut = await ota(['devices', ROLLOUT, '--limit', '2']);
    expect(cut.out.trimEnd().split('\n')).toHaveLength(4);
    expect(cut.out).toContain('There are more');

    const [first] = devices.value;
    const device = await ota(['device', first?.deviceId ?? '']);
    expect(device.out).toMatch(/runs 1\.0\.1/);
    expect(device.out).toMatch(/\+\S+ s\s+Current\s+= Succeeded/);

    expect((await ota(['releases'])).out).toMatch(/^IoTDevKit\s+1\.0\.1\s+200000  0x/m);
    const journal = await ota(['journal', ROLLOUT]);
    expect(journal.out).toMatch(/approved\s+running\s+\d\s+function key\s+Looks good/);
    expect(await ota(['dead-letters'])).toMatchObject({
      exit: 0,
      out: expect.stringContaining('no dead letter'),
    });
  }, 60_000);

  test('an id that is not there: exit code 5, with those that are', async () => {
    const ran = await ota(['status', 'fw-iotdevkit-1-0-2']);
    expect(ran.exit).toBe(5);
    expect(ran.err).toContain(`Did you mean:\n    ${ROLLOUT}`);
    expect((await ota(['devices', 'Not an id!'])).err).toContain(ROLLOUT);
    expect((await ota(['device', 'nobody'])).exit).toBe(5);
  });

  test('what the state does not allow: exit code 6, with what it does', async () => {
    const ran = await ota(['pause', ROLLOUT, '--reason', 'Too late', '--yes']);
    expect(ran.exit).toBe(6);
    expect(ran.err).toContain('is completed: it cannot be paused');
    expect(ran.err).toContain('You can: ');
  });

  test('a rollout that is stopped ends the watching with exit code 1', async () => {
    const image = buildFirmwareImage({ version: '1.0.2', size: 200_000 });
    await writeFile(join(files, 'FirmwareOTA-1.0.2.bin'), image);
    const published = await ota([
      'publish',
      'FirmwareOTA-1.0.2.bin',
      '--target',
      "tags.site='none'",
      '--output',
      'json',
    ]);
    const { rollout } = jsonOf(published) as { rollout: string };
    await eventually('it runs', async () =>
      (await cloud.get(`/rollouts/${rollout}`))['state'] === 'running' ? true : undefined,
    );
    const watching = ota(['watch', rollout, '--output', 'json', '--timeout', '100']);
    expect((await ota(['stop', rollout, '--reason', 'Wrong site', '--yes'])).exit).toBe(0);
    const { exit, out } = await watching;
    expect(exit).toBe(1);
    const documents = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { state: string; reason: string });
    expect(documents.at(-1)).toMatchObject({ state: 'stopped', reason: 'Wrong site' });
  }, 120_000);

  test('the local cloud of a directory is found by itself, and the doctor finds it well', async () => {
    await mkdir(join(files, '.local'), { recursive: true });
    await writeFile(join(files, '.local', 'endpoints.json'), JSON.stringify(cloud.cloud.endpoints));
    const ran = await otaProcess(['doctor', '--output', 'json'], { directory: files });
    const { value } = jsonOf(ran) as { value: { check: string; level: string; text: string }[] };
    expect(value.filter(({ level }) => level === 'fail')).toEqual([]);
    expect(value.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'settings',
        'app',
        'read',
        'steer',
        'tables',
        'iotHub',
        'twinEvents',
        'routes',
        'reports',
        'tags',
        'quota',
        'plan',
        'setup',
        'download',
      ]),
    );
    expect(value.find(({ check }) => check === 'download')?.text).toContain('is served under the root');
    expect(ran.exit).toBe(0);
  });

  test('a download under a root that no board trusts is what the doctor warns of', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'ota-elsewhere-'));
    const ran = await ota(['doctor'], { directory: elsewhere });
    await rm(elsewhere, { recursive: true });
    expect(ran.out).toMatch(/^fail {2}download +https:\S+ is not signed under DigiCert Global Root G2 \(/m);
    expect(ran.exit).toBe(1);
  });
});
