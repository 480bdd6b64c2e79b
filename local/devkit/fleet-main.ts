/**
 * The process of a simulated fleet. A parent with an IPC channel sends the configuration as its first
 * message, and commands after the first answer; without a channel the configuration is a file named on
 * the command line. What happens goes back the way it came: as IPC messages, or as one JSON object a line.
 *
 * Ends on SIGTERM, SIGINT, the command `stop`, and when the parent is gone.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DevKitLine } from './devkit-line.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { FleetConfigError, parseFleetConfig, type FleetConfig } from './fleet-config.ts';
import { seededRandom } from './seeded-random.ts';

/** From this process to its parent. Times are ISO text. */
export type FleetMessage =
  | { kind: 'line'; line: DevKitLine<string> }
  /** Every device has booted or has had its time to. */
  | { kind: 'started'; devices: number; connected: number }
  | { kind: 'stopped' }
  | { kind: 'failed'; message: string };

/** From the parent, after the configuration. */
const FleetCommand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reset'), deviceId: z.string() }),
  z.object({ kind: z.literal('stop') }),
]);
export type FleetCommand = z.infer<typeof FleetCommand>;

/** After this a stop has failed, and the process ends all the same. */
const STOP_MS = 3000;
const PARENT_CHECK_MS = 1000;

await main();

async function main(): Promise<void> {
  try {
    const config = await readConfig();
    const fleet = startFleet({
      devices: config.devices,
      runningVersion: config.runningVersion,
      speed: config.speed,
      random: seededRandom(config.seed),
      now: () => new Date(),
      log: (line) => tell({ kind: 'line', line: { ...line, at: line.at.toISOString() } }),
      ...(config.ca === undefined ? {} : { ca: config.ca }),
      ...(config.deviceType === undefined ? {} : { deviceType: config.deviceType }),
    });
    const stopping = obey(fleet);
    await fleet.started;
    if (stopping.aborted) return;
    const connected = fleet.states().filter((state) => state.connected).length;
    tell({ kind: 'started', devices: config.devices.length, connected });
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  }
}

async function readConfig(): Promise<FleetConfig> {
  if (process.send !== undefined) {
    const received: unknown[] = await once(process, 'message');
    return parseFleetConfig(received[0]);
  }
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new FleetConfigError('name a JSON file, or start this with an IPC channel.');
  try {
    return parseFleetConfig(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof FleetConfigError) throw error;
    throw new FleetConfigError(`${file} cannot be read as JSON.`, error);
  }
}

/** Follows signals and commands; the answer is aborted when the end begins. */
function obey(fleet: Fleet): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void fleet.stop().then(() => tell({ kind: 'stopped' }, () => process.exit(0)));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  process.stdout.on('error', stop);
  process.on('message', (message) => {
    const command = FleetCommand.safeParse(message);
    if (!command.success) tell({ kind: 'failed', message: 'A command was not understood.' });
    else if (command.data.kind === 'stop') stop();
    else resetDevice(fleet, command.data.deviceId);
  });
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), PARENT_CHECK_MS).unref();
  return stopping.signal;
}

function resetDevice(fleet: Fleet, deviceId: string): void {
  fleet.reset(deviceId).catch((error: Error) => tell({ kind: 'failed', message: error.message }));
}

/** `sent` is called when the message is out, and also when nobody is there to take it. */
function tell(message: FleetMessage, sent: () => void = () => undefined): void {
  if (process.send === undefined) process.stdout.write(`${JSON.stringify(message)}\n`, sent);
  else if (process.connected) process.send(message, undefined, undefined, sent);
  else sent();
}
