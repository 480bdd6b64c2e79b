import { vi } from 'vitest';
import type { DevKitLine } from '../../local/devkit/devkit-line.ts';
import { DevKit, type DevKitOptions } from '../../local/devkit/devkit.ts';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { startFleet, type Fleet, type FleetDevice } from '../../local/devkit/fleet.ts';
import { seededRandom } from '../../local/devkit/seeded-random.ts';
import { DevKitHub } from './devkit-hub.ts';

/** 558,376 bytes in 0.3 s; the countdown takes 25 ms. */
const SPEED = 200;

export const IMAGE = buildFirmwareImage({ version: '1.0.1', size: 60_000 });

/** The story of a device that updates from 1.0.0 to `IMAGE`. */
export const UPDATED = ['Current 1.0.0', 'Downloading 1.0.0', 'Applying 1.0.0', 'Current 1.0.1'];

export interface LabDevice {
  id: string;
  devkit: DevKit;
  /** What it said so far. */
  lines: DevKitLine[];
}

/** A hub and the devices of one test, which are all switched off after it. */
export class DevKitLab {
  readonly hub: DevKitHub;
  #running: { stop(): Promise<void> }[] = [];
  #registered = 0;

  static async open(): Promise<DevKitLab> {
    return new DevKitLab(await DevKitHub.start());
  }

  private constructor(hub: DevKitHub) {
    this.hub = hub;
  }

  newId(): string {
    return `devkit-${++this.#registered}`;
  }

  /** A device that is registered but not switched on. */
  create(change: Partial<DevKitOptions> = {}): LabDevice {
    const lines: DevKitLine[] = [];
    const connectionString = change.connectionString ?? this.hub.register(this.newId());
    const log = (line: DevKitLine): number => lines.push(line);
    const devkit = new DevKit({ ...this.#common(), log, ...change, connectionString });
    this.#running.push(devkit);
    return { id: devkit.deviceId, devkit, lines };
  }

  /** A device that has booted. */
  async start(change: Partial<DevKitOptions> = {}): Promise<LabDevice> {
    const device = this.create(change);
    await device.devkit.start();
    return device;
  }

  /** A fleet whose devices have booted. */
  async startFleet(devices: FleetDevice[]): Promise<Fleet> {
    const fleet = startFleet({ devices, ...this.#common(), log: () => undefined });
    this.#running.push(fleet);
    await fleet.started;
    return fleet;
  }

  async switchAllOff(): Promise<void> {
    const running = this.#running;
    this.#running = [];
    await Promise.all(running.map((each) => each.stop()));
  }

  async close(): Promise<void> {
    await this.switchAllOff();
    await this.hub.close();
  }

  #common(): Pick<DevKitOptions, 'runningVersion' | 'speed' | 'random' | 'now'> & { ca: string } {
    return {
      ca: this.hub.ca,
      runningVersion: '1.0.0',
      speed: SPEED,
      random: seededRandom(1),
      now: () => new Date(),
    };
  }
}

/** Waits for what the assertions in `check` say. */
export function until(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 20 });
}
