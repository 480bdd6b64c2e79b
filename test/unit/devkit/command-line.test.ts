import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCommandLine, readTrustedRoots } from '../../../local/devkit/command-line.ts';

const REAL = 'HostName=h.azure-devices.net;DeviceId=dev1;SharedAccessKey=c2VjcmV0a2V5';
const LOCAL = `HostName=localhost;GatewayHostName=localhost:8883;DeviceId=dev1;SharedAccessKey=c2VjcmV0a2V5`;

describe('the command line of a single DevKit', () => {
  it('needs a connection string and has a default for all else', () => {
    expect(parseCommandLine(['--connection-string', REAL], {})).toEqual({
      connectionString: REAL,
      caFile: undefined,
      speed: 1,
      runningVersion: '1.0.0',
      fault: 'none',
      deviceType: 'IoTDevKit',
      reportsVerifying: false,
    });
  });

  it('takes the connection string from the environment, too, and prefers the argument', () => {
    const environment = { DEVICE_CONNECTION_STRING: LOCAL };
    expect(parseCommandLine([], environment)).toMatchObject({ connectionString: LOCAL });
    expect(parseCommandLine(['--connection-string', REAL], environment)).toMatchObject({
      connectionString: REAL,
    });
  });

  it('reads every option', () => {
    const options = ['--ca', 'ca.pem', '--speed', '2.5', '--version', '1.0.1', '--fault', 'slow'];
    const read = parseCommandLine(
      ['--connection-string', REAL, ...options, '--type', 'Other', '--reports-verifying'],
      {},
    );
    expect(read).toMatchObject({ caFile: 'ca.pem', speed: 2.5, runningVersion: '1.0.1', fault: 'slow' });
    expect(read).toMatchObject({ deviceType: 'Other', reportsVerifying: true });
  });

  it('answers a call for help before anything else', () => {
    expect(parseCommandLine(['--help', '--speed', 'fast'], {})).toBe('help');
  });

  it.each([
    [[], '--connection-string is missing'],
    [['--connection-string', 'HostName=h;DeviceId=d'], 'has no SharedAccessKey'],
    [['--connection-string', 'HostName=h;SharedAccessKey=secretkey'], 'has no DeviceId'],
    [['--connection-string', 'secretkey'], 'has a part that is not "name=value"'],
    [['--connection-string', REAL, '--speed', '0'], '--speed must be a number above 0'],
    [['--connection-string', REAL, '--speed', 'fast'], '--speed must be a number above 0'],
    [['--connection-string', REAL, '--fault', 'broken'], '--fault must be one of none, wrong-bytes'],
    [['--connection-string', REAL, '--sped', '2'], "Unknown option '--sped'"],
    [['HostName=h;DeviceId=d;SharedAccessKey=secretkey'], 'belongs to no option'],
  ])('says what is wrong with %j, and no secret', (args, message) => {
    const refused = catchError(() => parseCommandLine(args, {}));
    expect(refused.message).toContain(message);
    expect(refused.message).not.toMatch(/secretkey|c2VjcmV0a2V5/);
  });
});

describe('the trusted roots', () => {
  let folder = '';
  const endpoints = (): URL => pathToFileURL(join(folder, 'endpoints.json'));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'devkit-'));
    await writeFile(join(folder, 'ca.pem'), 'LOCAL CA');
    await writeFile(join(folder, 'mine.pem'), 'MY CA');
    await writeFile(endpoints(), JSON.stringify({ ca: join(folder, 'ca.pem') }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are those of the local cloud for a hub on this machine, else those of the system', async () => {
    await expect(readTrustedRoots(command(LOCAL), endpoints())).resolves.toBe('LOCAL CA');
    await expect(readTrustedRoots(command(REAL), endpoints())).resolves.toBeUndefined();
  });

  it('are those of the system while no local cloud runs', async () => {
    const none = pathToFileURL(join(folder, 'absent.json'));
    await expect(readTrustedRoots(command(LOCAL), none)).resolves.toBeUndefined();
  });

  it('are those of --ca before all others', async () => {
    const mine = join(folder, 'mine.pem');
    await expect(readTrustedRoots(command(LOCAL, mine), endpoints())).resolves.toBe('MY CA');
    await expect(readTrustedRoots(command(REAL, '/no/such.pem'), endpoints())).rejects.toThrow(
      'The CA file /no/such.pem cannot be read',
    );
  });
});

function command(
  connectionString: string,
  caFile?: string,
): { connectionString: string; caFile: string | undefined } {
  return { connectionString, caFile };
}

function catchError(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('Nothing was thrown.');
}
