import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DevKitLine } from '../../local/devkit/devkit-line.ts';
import { FAULTS, type FaultName } from '../../local/devkit/fault-profiles.ts';
import { DevKitLab, IMAGE, until, UPDATED } from './devkit-lab.ts';

let lab: DevKitLab;

beforeAll(async () => {
  lab = await DevKitLab.open();
});
afterEach(() => lab.switchAllOff());
afterAll(() => lab.close());

describe('a DevKit that all goes well for', () => {
  it('reports the whole way and then runs the new version', async () => {
    const { id, devkit } = await lab.start();
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED));
    expect(devkit.state()).toMatchObject({
      power: 'on',
      connected: true,
      phase: 'idle',
      runningVersion: '1.0.1',
    });
    const [, downloading, applying] = lab.hub.reports(id);
    expect(downloading?.fwUpdateSubstatus).toMatch(/^https:.*FirmwareOTA-1\.0\.1\.bin$/);
    expect(applying?.lastFwUpdateStartTime).toBe(downloading?.lastFwUpdateStartTime);
    expect(applying?.lastFwUpdateEndTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.0000000Z$/);
  });

  it('learns of a section that was desired before it was switched on', async () => {
    const id = lab.newId();
    const connectionString = lab.hub.register(id);
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await lab.start({ connectionString });
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED));
  });

  it('is off the hub while it downloads, and hears afterwards of what was desired meanwhile', async () => {
    const { id } = await lab.start();
    const section = lab.hub.release('1.0.1', IMAGE);
    const serve = lab.hub.answer;
    const connected: boolean[] = [];
    lab.hub.answer = (request, response) => {
      connected.push(lab.hub.isConnected(id));
      lab.hub.answer = serve;
      lab.hub.desire(id, { ...section, fwVersion: '1.0.2' });
      serve(request, response);
    };
    lab.hub.desire(id, section);
    await until(() => expect(lab.hub.story(id).slice(0, 5)).toEqual([...UPDATED, 'Downloading 1.0.1']));
    expect(connected).toEqual([false]);
  });

  it('says nothing about a version that it has or that is lower', async () => {
    const { id, devkit } = await lab.start({ runningVersion: '1.0.1' });
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    lab.hub.desire(id, lab.hub.release('1.0.0', IMAGE));
    lab.hub.desire(id, { ...lab.hub.release('1.0.2', IMAGE), fwPackageURI: 'http://localhost/plain' });
    await until(() => expect(lab.hub.story(id)).toEqual(['Current 1.0.1', 'Error URINotHTTPS']));
    expect(devkit.state()).toMatchObject({ phase: 'failed', reason: 'URINotHTTPS' });
  });

  it('reports Verifying where its build does', async () => {
    const { id } = await lab.start({ reportsVerifying: true });
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    const expected = UPDATED.toSpliced(2, 0, 'Verifying 1.0.0');
    await until(() => expect(lab.hub.story(id)).toEqual(expected));
  });
});

describe('a DevKit with an image that is not what it should be', () => {
  it('comes back with the old version, for ever, when the desired one is not compiled in', async () => {
    const { id } = await lab.start();
    lab.hub.desire(id, lab.hub.release('1.0.2', IMAGE));
    const round = ['Current 1.0.0', 'Downloading 1.0.0', 'Applying 1.0.0'];
    await until(() => expect(lab.hub.story(id).slice(0, 7)).toEqual([...round, ...round, 'Current 1.0.0']));
  });

  it.each([
    ['FileSizeNotMatch', { fwSize: 60_001 }],
    ['VerifyFailed', { fwPackageCheckValue: '0x0001' }],
    ['DownloadFailed', { fwPackageURI: 'https://localhost:1/closed' }],
  ])('ends in %s', async (reason, change) => {
    const { id } = await lab.start();
    lab.hub.desire(id, { ...lab.hub.release('1.0.1', IMAGE), ...change });
    await until(() => expect(lab.hub.story(id).at(-1)).toBe(`Error ${reason}`));
  });

  it('ends in DeviceError when the image does not fit', async () => {
    const { id } = await lab.start({ speed: 2000 });
    lab.hub.desire(id, lab.hub.release('1.0.1', Buffer.alloc(999_425)));
    await until(() => expect(lab.hub.story(id).at(-1)).toBe('Error DeviceError'));
  });
});

describe('a DevKit with a fault', () => {
  it.each<[FaultName, string]>([
    ['wrong-bytes', 'Error VerifyFailed'],
    ['cut-download', 'Error DownloadFailed'],
  ])('%s ends in %s, also after a reset', async (fault, end) => {
    const { id, devkit } = await lab.start({ faults: FAULTS[fault] });
    const attempt = ['Current 1.0.0', 'Downloading 1.0.0', end];
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(attempt));
    await devkit.reset();
    await until(() => expect(lab.hub.story(id)).toEqual([...attempt, ...attempt]));
  });

  it('error-until-reset ignores a corrected section until it is reset, and works then', async () => {
    const { id, devkit } = await lab.start({ faults: FAULTS['error-until-reset'] });
    const failed = ['Current 1.0.0', 'Downloading 1.0.0', 'Error DownloadFailed'];
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(failed));
    const other = await lab.start();
    for (const each of [id, other.id])
      lab.hub.desire(each, { ...lab.hub.release('1.0.1', IMAGE), more: 'corrected' });
    await until(() => expect(lab.hub.story(other.id)).toEqual(UPDATED));
    expect(lab.hub.story(id)).toEqual(failed);
    await devkit.reset();
    await until(() => expect(lab.hub.story(id)).toEqual([...failed, ...UPDATED]));
  });

  it('forgets with a reset what has been taken back meanwhile', async () => {
    const { id, devkit } = await lab.start({ faults: FAULTS['error-until-reset'] });
    const failed = ['Current 1.0.0', 'Downloading 1.0.0', 'Error DownloadFailed'];
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(failed));
    lab.hub.desire(id, null);
    await devkit.reset();
    const fence = await lab.start();
    lab.hub.desire(fence.id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(fence.id)).toEqual(UPDATED));
    expect(lab.hub.story(id)).toEqual([...failed, 'Current 1.0.0']);
  });

  it('falls-back never gets anywhere', async () => {
    const { id, devkit } = await lab.start({ faults: FAULTS['falls-back'] });
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    const round = ['Current 1.0.0', 'Downloading 1.0.0', 'Applying 1.0.0'];
    await until(() => expect(lab.hub.story(id).slice(0, 9)).toEqual([...round, ...round, ...round]));
    expect(devkit.state().runningVersion).toBe('1.0.0');
  });

  it('silent is connected and says nothing while another device updates', async () => {
    const silent = await lab.start({ faults: FAULTS.silent });
    const { id } = await lab.start();
    const section = lab.hub.release('1.0.1', IMAGE);
    lab.hub.desire(silent.id, section);
    lab.hub.desire(id, section);
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED));
    expect(lab.hub.isConnected(silent.id)).toBe(true);
    expect(lab.hub.story(silent.id)).toEqual([]);
  });

  it('slow takes ten times as long to download', async () => {
    const { id, lines } = await lab.start({ faults: FAULTS.slow });
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED));
    const at = (match: (line: DevKitLine) => boolean): number =>
      lines.find(match)?.at.getTime() ?? Number.NaN;
    const began = at((line) => line.kind === 'reported' && line.status === 'Downloading');
    // 60,000 bytes at 558,376 a minute, 200 times as fast, at a tenth of the rate.
    expect(at((line) => line.kind === 'downloaded') - began).toBeGreaterThan(320);
  });
});
