import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DevKitLine } from '../../local/devkit/devkit-line.ts';
import { DevKit, type DevKitOptions } from '../../local/devkit/devkit.ts';
import { FAULTS, type FaultName } from '../../local/devkit/fault-profiles.ts';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { startFleet } from '../../local/devkit/fleet.ts';
import { seededRandom } from '../../local/devkit/seeded-random.ts';
import { DevKitHub } from './devkit-hub.ts';

/** 558,376 bytes in 0.3 s; the countdown takes 25 ms. */
const SPEED = 200;
const IMAGE = buildFirmwareImage({ version: '1.0.1', size: 60_000 });
const UPDATED = ['Current 1.0.0', 'Downloading 1.0.0', 'Applying 1.0.0', 'Current 1.0.1'];

let hub: DevKitHub;
let running: { stop(): Promise<void> }[] = [];
let registered = 0;

beforeAll(async () => {
  hub = await DevKitHub.start();
});
afterEach(async () => {
  await Promise.all(running.map((device) => device.stop()));
  running = [];
});
afterAll(() => hub.close());

describe('a DevKit that all goes well for', () => {
  it('reports the whole way and then runs the new version', async () => {
    const { id, devkit } = await start();
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id)).toEqual(UPDATED));
    expect(devkit.state()).toMatchObject({
      power: 'on',
      connected: true,
      phase: 'idle',
      runningVersion: '1.0.1',
    });
    const [, downloading, applying] = hub.reports(id);
    expect(downloading?.fwUpdateSubstatus).toMatch(/^https:.*FirmwareOTA-1\.0\.1\.bin$/);
    expect(applying?.lastFwUpdateStartTime).toBe(downloading?.lastFwUpdateStartTime);
    expect(applying?.lastFwUpdateEndTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.0000000Z$/);
  });

  it('learns of a section that was desired before it was switched on', async () => {
    const id = newId();
    const connectionString = hub.register(id);
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await start({ connectionString });
    await until(() => expect(hub.story(id)).toEqual(UPDATED));
  });

  it('is off the hub while it downloads, and hears afterwards of what was desired meanwhile', async () => {
    const { id } = await start();
    const section = hub.release('1.0.1', IMAGE);
    const serve = hub.answer;
    const connected: boolean[] = [];
    hub.answer = (request, response) => {
      connected.push(hub.isConnected(id));
      hub.answer = serve;
      hub.desire(id, { ...section, fwVersion: '1.0.2' });
      serve(request, response);
    };
    hub.desire(id, section);
    await until(() => expect(hub.story(id).slice(0, 5)).toEqual([...UPDATED, 'Downloading 1.0.1']));
    expect(connected).toEqual([false]);
  });

  it('says nothing about a version that it has or that is lower', async () => {
    const { id, devkit } = await start({ runningVersion: '1.0.1' });
    hub.desire(id, hub.release('1.0.1', IMAGE));
    hub.desire(id, hub.release('1.0.0', IMAGE));
    hub.desire(id, { ...hub.release('1.0.2', IMAGE), fwPackageURI: 'http://localhost/plain' });
    await until(() => expect(hub.story(id)).toEqual(['Current 1.0.1', 'Error URINotHTTPS']));
    expect(devkit.state()).toMatchObject({ phase: 'failed', reason: 'URINotHTTPS' });
  });

  it('reports Verifying where its build does', async () => {
    const { id } = await start({ reportsVerifying: true });
    hub.desire(id, hub.release('1.0.1', IMAGE));
    const expected = UPDATED.toSpliced(2, 0, 'Verifying 1.0.0');
    await until(() => expect(hub.story(id)).toEqual(expected));
  });
});

describe('a DevKit with an image that is not what it should be', () => {
  it('comes back with the old version, for ever, when the desired one is not compiled in', async () => {
    const { id } = await start();
    hub.desire(id, hub.release('1.0.2', IMAGE));
    const round = ['Current 1.0.0', 'Downloading 1.0.0', 'Applying 1.0.0'];
    await until(() => expect(hub.story(id).slice(0, 7)).toEqual([...round, ...round, 'Current 1.0.0']));
  });

  it.each([
    ['FileSizeNotMatch', { fwSize: 60_001 }],
    ['VerifyFailed', { fwPackageCheckValue: '0x0001' }],
    ['DownloadFailed', { fwPackageURI: 'https://localhost:1/closed' }],
  ])('ends in %s', async (reason, change) => {
    const { id } = await start();
    hub.desire(id, { ...hub.release('1.0.1', IMAGE), ...change });
    await until(() => expect(hub.story(id).at(-1)).toBe(`Error ${reason}`));
  });

  it('ends in DeviceError when the image does not fit', async () => {
    const { id } = await start({ speed: 2000 });
    hub.desire(id, hub.release('1.0.1', Buffer.alloc(999_425)));
    await until(() => expect(hub.story(id).at(-1)).toBe('Error DeviceError'));
  });
});

describe('a DevKit with a fault', () => {
  it.each<[FaultName, string]>([
    ['wrong-bytes', 'Error VerifyFailed'],
    ['cut-download', 'Error DownloadFailed'],
  ])('%s ends in %s, also after a reset', async (fault, end) => {
    const { id, devkit } = await start({ faults: FAULTS[fault] });
    const attempt = ['Current 1.0.0', 'Downloading 1.0.0', end];
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id)).toEqual(attempt));
    await devkit.reset();
    await until(() => expect(hub.story(id)).toEqual([...attempt, ...attempt]));
  });

  it('error-until-reset ignores a corrected section until it is reset, and works then', async () => {
    const { id, devkit } = await start({ faults: FAULTS['error-until-reset'] });
    const failed = ['Current 1.0.0', 'Downloading 1.0.0', 'Error DownloadFailed'];
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id)).toEqual(failed));
    const other = await start();
    for (const each of [id, other.id])
      hub.desire(each, { ...hub.release('1.0.1', IMAGE), more: 'corrected' });
    await until(() => expect(hub.story(other.id)).toEqual(UPDATED));
    expect(hub.story(id)).toEqual(failed);
    await devkit.reset();
    await until(() => expect(hub.story(id)).toEqual([...failed, ...UPDATED]));
  });

  it('falls-back never gets anywhere', async () => {
    const { id, devkit } = await start({ faults: FAULTS['falls-back'] });
    hub.desire(id, hub.release('1.0.1', IMAGE));
    const round = ['Current 1.0.0', 'Downloading 1.0.0', 'Applying 1.0.0'];
    await until(() => expect(hub.story(id).slice(0, 9)).toEqual([...round, ...round, ...round]));
    expect(devkit.state().runningVersion).toBe('1.0.0');
  });

  it('silent is connected and says nothing while another device updates', async () => {
    const silent = await start({ faults: FAULTS.silent });
    const { id } = await start();
    const section = hub.release('1.0.1', IMAGE);
    hub.desire(silent.id, section);
    hub.desire(id, section);
    await until(() => expect(hub.story(id)).toEqual(UPDATED));
    expect(hub.isConnected(silent.id)).toBe(true);
    expect(hub.story(silent.id)).toEqual([]);
  });

  it('slow takes ten times as long to download', async () => {
    const { id, lines } = await start({ faults: FAULTS.slow });
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id)).toEqual(UPDATED));
    const at = (match: (line: DevKitLine) => boolean): number =>
      lines.find(match)?.at.getTime() ?? Number.NaN;
    const began = at((line) => line.kind === 'reported' && line.status === 'Downloading');
    // 60,000 bytes at 558,376 a minute, 200 times as fast, at a tenth of the rate.
    expect(at((line) => line.kind === 'downloaded') - began).toBeGreaterThan(320);
  });
});

describe('a DevKit and a hub that comes and goes', () => {
  it('connects again by itself and gets what was desired meanwhile', async () => {
    const { id } = await start();
    await hub.closeGateway();
    await until(() => expect(hub.isConnected(id)).toBe(false));
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await hub.openGateway();
    await until(() => expect(hub.story(id)).toEqual(UPDATED));
  });

  it('finishes an update when the hub is away at the end of the download', async () => {
    const { id, lines } = await start();
    const serve = hub.answer;
    hub.answer = (request, response) => {
      hub.answer = serve;
      void hub.closeGateway().then(() => serve(request, response));
    };
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(lines.some((line) => line.kind === 'connect-failed')).toBe(true));
    await hub.openGateway();
    await until(() => expect(hub.story(id)).toEqual(UPDATED));
  });

  it('sends a report again when the hub has it but the answer is lost', async () => {
    const { id } = await start();
    hub.beforeAnswer = (report) => {
      if (report.fwUpdateStatus !== 'Applying') return;
      hub.beforeAnswer = () => undefined;
      hub.dropConnections();
    };
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id)).toEqual(UPDATED.toSpliced(3, 0, 'Applying 1.0.0')));
    expect(hub.reports(id)[2]).toEqual(hub.reports(id)[3]);
  });

  it('gives a report up after the second lost answer and goes on', async () => {
    const { id, lines } = await start();
    hub.beforeAnswer = (report) => {
      if (report.fwUpdateStatus === 'Downloading') hub.dropConnections();
    };
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id)).toEqual(UPDATED.toSpliced(1, 0, 'Downloading 1.0.0')));
    hub.beforeAnswer = () => undefined;
    expect(lines.filter((line) => line.kind === 'report-lost')).toEqual([
      expect.objectContaining({ status: 'Downloading' }),
    ]);
  });

  it('keeps trying with a key that the hub does not accept, and can be switched off meanwhile', async () => {
    const connectionString = hub.register(newId()).replace(/SharedAccessKey=.*/, 'SharedAccessKey=d3Jvbmc=');
    const { devkit, lines } = create({ connectionString });
    const started = devkit.start();
    await until(() =>
      expect(lines.filter((line) => line.kind === 'connect-failed').length).toBeGreaterThan(1),
    );
    await devkit.stop();
    await started;
    expect(lines[0]).toMatchObject({ reason: 'Connection refused: Not authorized' });
    expect(JSON.stringify(lines)).not.toContain('d3Jvbmc');
    expect(devkit.state()).toMatchObject({ power: 'off', connected: false });
  });
});

describe('switching a DevKit off', () => {
  it('ends a download, and the next start begins from the old version', async () => {
    const { id, devkit } = await start({ speed: 4 });
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id)).toEqual(['Current 1.0.0', 'Downloading 1.0.0']));
    await devkit.stop();
    await until(() => expect(hub.isConnected(id)).toBe(false));
    await devkit.start();
    expect(hub.story(id)).toEqual(['Current 1.0.0', 'Downloading 1.0.0', 'Current 1.0.0']);
  });
});

describe('a fleet', () => {
  it('runs many devices in one process and brings each to its own end', async () => {
    const faults: FaultName[] = [...Array<FaultName>(24).fill('none'), 'wrong-bytes', 'falls-back', 'silent'];
    const ids = faults.map(() => newId());
    const fleet = startFleet({
      devices: ids.map((id, index) => ({
        connectionString: hub.register(id),
        faults: faults[index] ?? 'none',
      })),
      ...common(),
      log: () => undefined,
    });
    running.push(fleet);
    await fleet.started;
    expect(fleet.states().every((state) => state.connected)).toBe(true);
    const section = hub.release('1.0.1', IMAGE);
    for (const id of ids) hub.desire(id, section);
    await until(() => {
      for (const id of ids.slice(0, 24)) expect(hub.story(id)).toEqual(UPDATED);
      expect(hub.story(ids[24] ?? '').at(-1)).toBe('Error VerifyFailed');
      expect(hub.story(ids[25] ?? '').filter((report) => report === 'Applying 1.0.0').length).toBeGreaterThan(
        1,
      );
    });
    const begin = performance.now();
    await fleet.stop();
    expect(performance.now() - begin).toBeLessThan(3000);
    await until(() => expect(ids.some((id) => hub.isConnected(id))).toBe(false));
    expect(fleet.states().filter((state) => state.runningVersion === '1.0.1')).toHaveLength(24);
  });

  it('resets one device, and refuses to reset one that it does not have', async () => {
    const id = newId();
    const devices = [{ connectionString: hub.register(id), faults: 'error-until-reset' as const }];
    const fleet = startFleet({ devices, ...common(), log: () => undefined });
    running.push(fleet);
    await fleet.started;
    hub.desire(id, hub.release('1.0.1', IMAGE));
    await until(() => expect(hub.story(id).at(-1)).toBe('Error DownloadFailed'));
    await fleet.reset(id);
    await until(() => expect(hub.story(id).at(-1)).toBe('Current 1.0.1'));
    await expect(fleet.reset('nobody')).rejects.toThrow('The fleet has no device "nobody"');
  });

  it('refuses two devices with the same id', () => {
    const device = { connectionString: hub.register(newId()), faults: 'none' as const };
    expect(() => startFleet({ devices: [device, device], ...common(), log: () => undefined })).toThrow(
      'is in the fleet twice',
    );
  });
});

function newId(): string {
  return `devkit-${++registered}`;
}

function common(): Pick<DevKitOptions, 'runningVersion' | 'speed' | 'random' | 'now'> & { ca: string } {
  return {
    ca: hub.ca,
    runningVersion: '1.0.0',
    speed: SPEED,
    random: seededRandom(1),
    now: () => new Date(),
  };
}

function create(change: Partial<DevKitOptions>): { id: string; devkit: DevKit; lines: DevKitLine[] } {
  const lines: DevKitLine[] = [];
  const connectionString = change.connectionString ?? hub.register(newId());
  const devkit = new DevKit({ ...common(), log: (line) => lines.push(line), ...change, connectionString });
  running.push(devkit);
  return { id: devkit.deviceId, devkit, lines };
}

async function start(change: Partial<DevKitOptions> = {}): Promise<ReturnType<typeof create>> {
  const created = create(change);
  await created.devkit.start();
  return created;
}

/** Waits for what the assertions in `check` say. */
function until(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 20 });
}
