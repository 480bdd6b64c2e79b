import { setTimeout as sleep } from 'node:timers/promises';
import type { DevKitLine } from './devkit-line.ts';
import { DevKit, type DevKitState } from './devkit.ts';
import { FAULTS, type FaultName } from './fault-profiles.ts';

/** So many devices connect at the same time: each costs a TLS handshake on both sides. */
const CONNECTING_AT_ONCE = 20;

/** A device that the hub does not let in keeps trying, but no longer holds its place back from the others. */
const PLACE_MS = 5000;

export interface FleetDevice {
  connectionString: string;
  faults: FaultName;
  /** Where it differs from the fleet's. */
  runningVersion?: string | undefined;
}

export interface FleetOptions {
  devices: readonly FleetDevice[];
  /** PEM of the roots trusted for the hub and for downloads; the system's without it. */
  ca?: string;
  runningVersion: string;
  deviceType?: string;
  /** How many times faster than the board. */
  speed: number;
  random: () => number;
  now: () => Date;
  log: (line: DevKitLine) => void;
}

export interface Fleet {
  /** Resolves when every device has booted or has been given its time to. */
  started: Promise<void>;
  states(): DevKitState[];
  /** The reset button of one device. Throws `UnknownDeviceError`. */
  reset(deviceId: string): Promise<void>;
  /** Switches all devices off, also those that wait for their turn to connect. */
  stop(): Promise<void>;
}

/** A device id that no device of the fleet has. */
export class UnknownDeviceError extends Error {
  readonly code = 'UNKNOWN_DEVICE';

  constructor(deviceId: string) {
    super(`The fleet has no device "${deviceId}".`);
    this.name = 'UnknownDeviceError';
  }
}

/** Two connection strings of the same device: the hub would let only one of them in at a time. */
export class DuplicateDeviceError extends Error {
  readonly code = 'DUPLICATE_DEVICE';

  constructor(deviceId: string) {
    super(`The device "${deviceId}" is in the fleet twice.`);
    this.name = 'DuplicateDeviceError';
  }
}

/**
 * Runs many simulated devices in this process. Throws `ConnectionStringError` for a device that cannot
 * connect and `DuplicateDeviceError` for one that is named twice.
 */
export function startFleet(options: FleetOptions): Fleet {
  const devkits = build(options);
  const off = new AbortController();
  return {
    started: startAll([...devkits.values()], off.signal),
    states: () => [...devkits.values()].map((devkit) => devkit.state()),
    reset: async (deviceId) => {
      const devkit = devkits.get(deviceId);
      if (devkit === undefined) throw new UnknownDeviceError(deviceId);
      await devkit.reset();
    },
    stop: async () => {
      off.abort();
      await Promise.all([...devkits.values()].map((devkit) => devkit.stop()));
    },
  };
}

function build({ devices, ...common }: FleetOptions): Map<string, DevKit> {
  const devkits = new Map<string, DevKit>();
  for (const { connectionString, faults, runningVersion = common.runningVersion } of devices) {
    const devkit = new DevKit({ ...common, runningVersion, connectionString, faults: FAULTS[faults] });
    if (devkits.has(devkit.deviceId)) throw new DuplicateDeviceError(devkit.deviceId);
    devkits.set(devkit.deviceId, devkit);
  }
  return devkits;
}

async function startAll(devkits: readonly DevKit[], off: AbortSignal): Promise<void> {
  const waiting = devkits.values();
  const place = async (): Promise<void> => {
    for (const devkit of waiting) {
      if (off.aborted) return;
      await Promise.race([devkit.start(), sleep(PLACE_MS, undefined, { ref: false })]);
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, place));
}
