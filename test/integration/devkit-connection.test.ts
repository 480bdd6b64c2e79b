import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DevKitLab, IMAGE, until, UPDATED } from './devkit-lab.ts';

let lab: DevKitLab;

beforeAll(async () => {
  lab = await DevKitLab.open();
});
afterEach(() => lab.switchAllOff());
afterAll(() => lab.close());

describe('a DevKit and a hub that comes and goes', () => {
  it('connects again by itself and gets what was desired meanwhile', async () => {
    const { id } = await lab.start();
    await lab.hub.closeGateway();
    await until(() => expect(lab.hub.isConnected(id)).toBe(false));
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await lab.hub.openGateway();
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED));
  });

  it('finishes an update when the hub is away at the end of the download', async () => {
    const { id, lines } = await lab.start();
    const serve = lab.hub.answer;
    lab.hub.answer = (request, response) => {
      lab.hub.answer = serve;
      void lab.hub.closeGateway().then(() => serve(request, response));
    };
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lines.some((line) => line.kind === 'connect-failed')).toBe(true));
    await lab.hub.openGateway();
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED));
  });

  it('sends a report again when the hub has it but the answer is lost', async () => {
    const { id } = await lab.start();
    lab.hub.beforeAnswer = (report) => {
      if (report.fwUpdateStatus !== 'Applying') return;
      lab.hub.beforeAnswer = () => undefined;
      lab.hub.dropConnections();
    };
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED.toSpliced(3, 0, 'Applying 1.0.0')));
    expect(lab.hub.reports(id)[2]).toEqual(lab.hub.reports(id)[3]);
  });

  it('gives a report up after the second lost answer and goes on', async () => {
    const { id, lines } = await lab.start();
    lab.hub.beforeAnswer = (report) => {
      if (report.fwUpdateStatus === 'Downloading') lab.hub.dropConnections();
    };
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(UPDATED.toSpliced(1, 0, 'Downloading 1.0.0')));
    lab.hub.beforeAnswer = () => undefined;
    expect(lines.filter((line) => line.kind === 'report-lost')).toEqual([
      expect.objectContaining({ status: 'Downloading' }),
    ]);
  });

  it('keeps trying with a key that the hub does not accept, and can be switched off meanwhile', async () => {
    const connectionString = lab.hub
      .register(lab.newId())
      .replace(/SharedAccessKey=.*/, 'SharedAccessKey=d3Jvbmc=');
    const { devkit, lines } = lab.create({ connectionString });
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
    const { id, devkit } = await lab.start({ speed: 4 });
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id)).toEqual(['Current 1.0.0', 'Downloading 1.0.0']));
    await devkit.stop();
    await until(() => expect(lab.hub.isConnected(id)).toBe(false));
    await devkit.start();
    expect(lab.hub.story(id)).toEqual(['Current 1.0.0', 'Downloading 1.0.0', 'Current 1.0.0']);
  });

  it('leaves no connection behind, at whatever moment of a connect', async () => {
    const ids = await Promise.all(
      Array.from({ length: 40 }, async (_, moment) => {
        const { id, devkit } = lab.create();
        const started = devkit.start();
        // Not to wait for something: to be interrupted in a different phase of the connect each.
        await sleep(moment * 3);
        await devkit.stop();
        await started;
        return id;
      }),
    );
    // Whoever was left behind would be connected by the time that a device which starts now has updated.
    const fence = await lab.start();
    lab.hub.desire(fence.id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(fence.id)).toEqual(UPDATED));
    await until(() => expect(ids.filter((id) => lab.hub.isConnected(id))).toEqual([]));
  });
});
