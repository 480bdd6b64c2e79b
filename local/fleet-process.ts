import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { LocalCloud } from './cloud.ts';
import { assignFaults, type FaultShares } from './devkit/assign-faults.ts';
import type { FaultName } from './devkit/fault-profiles.ts';
import type { FleetCommand, FleetMessage } from './devkit/fleet-main.ts';
import type { IotHub } from './iot-hub/hub.ts';

export interface FleetProcessOptions {
  readonly devices: number;
  /** How many times faster than the board. */
  readonly speed: number;
  readonly faults: FaultShares;
  readonly onMessage: (message: FleetMessage) => void;
}

export interface FleetProcess {
  /** Every device and what goes wrong with it. */
  readonly devices: readonly { readonly deviceId: string; readonly fault: FaultName }[];
  /** The reset button of one device. */
  reset(deviceId: string): void;
  stop(): Promise<void>;
}

/** The version that a new device runs. */
const FACTORY_VERSION = '1.0.0';
const SEED = 1;
const MAIN = fileURLToPath(new URL('devkit/fleet-main.ts', import.meta.url));

/**
 * Registers `devkit-0001` and so on with the hub, as far as they are not there, and runs them in a
 * process of their own. A device of an earlier run goes on with the version that it last reported.
 */
export async function startFleetProcess(
  cloud: LocalCloud,
  options: FleetProcessOptions,
): Promise<FleetProcess> {
  const ids = Array.from({ length: options.devices }, (_, i) => `devkit-${String(i + 1).padStart(4, '0')}`);
  const faults = assignFaults(ids.length, options.faults, SEED);
  const devices = ids.map((deviceId, i) => ({ deviceId, fault: faults[i] ?? ('none' as const) }));
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const started = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FleetMessage) => {
      options.onMessage(message);
      if (message.kind === 'started') resolve();
    });
    child.once('exit', (code) => reject(new Error(`The simulated devices have stopped (exit ${code})`)));
  });
  child.send({
    devices: devices.map(({ deviceId, fault }) => ({
      connectionString: connectionString(cloud, deviceId),
      faults: fault,
      runningVersion: lastVersion(cloud.hub, deviceId),
    })),
    runningVersion: FACTORY_VERSION,
    ca: cloud.ca,
    speed: options.speed,
    seed: SEED,
  });
  await started;
  return {
    devices,
    reset: (deviceId) => void child.send({ kind: 'reset', deviceId } satisfies FleetCommand),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function connectionString(cloud: LocalCloud, deviceId: string): string {
  if (cloud.hub.deviceKeys(deviceId) === undefined) cloud.hub.devices.create(deviceId, { deviceId });
  const key = cloud.hub.deviceKeys(deviceId)?.primary;
  return `HostName=${cloud.hub.hostName};GatewayHostName=${cloud.endpoints.deviceGateway};DeviceId=${deviceId};SharedAccessKey=${key}`;
}

const reportedVersion = z.object({
  properties: z.object({ reported: z.object({ firmware: z.object({ currentFwVersion: z.string() }) }) }),
});

/** A board keeps its firmware when its power is cut. */
function lastVersion(hub: IotHub, deviceId: string): string | undefined {
  const twin = reportedVersion.safeParse(hub.twins.get(deviceId));
  return twin.data?.properties.reported.firmware.currentFwVersion;
}
