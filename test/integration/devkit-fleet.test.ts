import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultName } from '../../local/devkit/fault-profiles.ts';
import { DevKitLab, IMAGE, until, UPDATED } from './devkit-lab.ts';

let lab: DevKitLab;

beforeAll(async () => {
  lab = await DevKitLab.open();
});
afterEach(() => lab.switchAllOff());
afterAll(() => lab.close());

describe('a fleet', () => {
  it('runs many devices in one process and brings each to its own end', async () => {
    const faults: FaultName[] = [...Array<FaultName>(24).fill('none'), 'wrong-bytes', 'falls-back', 'silent'];
    const ids = faults.map(() => lab.newId());
    const fleet = await lab.startFleet(
      ids.map((id, index) => ({
        connectionString: lab.hub.register(id),
        faults: faults[index] ?? 'none',
      })),
    );
    expect(fleet.states().every((state) => state.connected)).toBe(true);
    const section = lab.hub.release('1.0.1', IMAGE);
    for (const id of ids) lab.hub.desire(id, section);
    await until(() => {
      for (const id of ids.slice(0, 24)) expect(lab.hub.story(id)).toEqual(UPDATED);
      expect(lab.hub.story(ids[24] ?? '').at(-1)).toBe('Error VerifyFailed');
      expect(
        lab.hub.story(ids[25] ?? '').filter((report) => report === 'Applying 1.0.0').length,
      ).toBeGreaterThan(1);
    });
    const begin = performance.now();
    await fleet.stop();
    expect(performance.now() - begin).toBeLessThan(3000);
    await until(() => expect(ids.some((id) => lab.hub.isConnected(id))).toBe(false));
    expect(fleet.states().filter((state) => state.runningVersion === '1.0.1')).toHaveLength(24);
  });

  it('resets one device, and refuses to reset one that it does not have', async () => {
    const id = lab.newId();
    const devices = [{ connectionString: lab.hub.register(id), faults: 'error-until-reset' as const }];
    const fleet = await lab.startFleet(devices);
    lab.hub.desire(id, lab.hub.release('1.0.1', IMAGE));
    await until(() => expect(lab.hub.story(id).at(-1)).toBe('Error DownloadFailed'));
    await fleet.reset(id);
    await until(() => expect(lab.hub.story(id).at(-1)).toBe('Current 1.0.1'));
    await expect(fleet.reset('nobody')).rejects.toThrow('The fleet has no device "nobody"');
  });

  it('refuses two devices with the same id', async () => {
    const device = { connectionString: lab.hub.register(lab.newId()), faults: 'none' as const };
    await expect(lab.startFleet([device, device])).rejects.toThrow('is in the fleet twice');
  });
});
