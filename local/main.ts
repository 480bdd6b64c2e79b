/** The command `npm start`: the local cloud with simulated DevKits, until Ctrl-C. */
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AzuriteStartError } from './azurite.ts';
import { type LocalCloud, startLocalCloud } from './cloud.ts';
import { claimDirectory, DirectoryInUseError } from './data-directory.ts';
import { type FleetProcess, startFleetProcess } from './fleet-process.ts';
import { FunctionHostStartError } from './function-host/supervisor.ts';
import { fleetText, hostText, readyText } from './narration.ts';
import { PortTakenError, portsFrom } from './ports.ts';
import { parseStartOptions, type StartOptions, USAGE, UsageError } from './start-options.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Longer than every part needs for a graceful end; then the process ends all the same. */
const STOP_MS = 5000;

/** Faults that a person can mend: their message says how, and a stack would hide it. */
const EXPECTED = [UsageError, PortTakenError, DirectoryInUseError, FunctionHostStartError, AzuriteStartError];

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options === 'help') print(USAGE);
  else await run(options);
} catch (error) {
  const expected = EXPECTED.some((kind) => error instanceof kind);
  process.stderr.write(
    `${error instanceof Error ? (expected ? error.message : error.stack) : String(error)}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function run(options: StartOptions): Promise<void> {
  const directory = resolve(ROOT, options.data ?? '.local');
  if (options.fresh) await empty(directory);
  const cloud = await startLocalCloud({
    directory,
    ports: portsFrom(options.portBase),
    appDir: ROOT,
    log: (line) => print(hostText(line, options.verbose)),
  });
  stopOnSignal(cloud, await fleetOf(cloud, options));
  print(readyText(cloud.endpoints, options.devices));
}

async function fleetOf(cloud: LocalCloud, options: StartOptions): Promise<FleetProcess | undefined> {
  if (options.devices === 0) return undefined;
  try {
    return await startFleetProcess(cloud, { ...options, onMessage: (message) => print(fleetText(message)) });
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

function stopOnSignal(cloud: LocalCloud, fleet: FleetProcess | undefined): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    print('\nStopping ...');
    setTimeout(() => {
      process.stderr.write('Some part did not stop in time.\n');
      process.exit(1);
    }, STOP_MS).unref();
    void end(cloud, fleet);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function end(cloud: LocalCloud, fleet: FleetProcess | undefined): Promise<void> {
  await fleet?.stop();
  await cloud.close();
  process.exit(0);
}

/** Removes what an earlier run has kept, unless a local cloud runs on it. */
async function empty(directory: string): Promise<void> {
  try {
    await (
      await claimDirectory(directory)
    )();
  } catch (error) {
    if (error instanceof DirectoryInUseError) throw error;
  }
  await rm(directory, { recursive: true, force: true });
}

function print(text: string | undefined): void {
  if (text !== undefined) process.stdout.write(`${text}\n`);
}
