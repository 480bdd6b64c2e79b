/** The command `npm start`: the local cloud with simulated DevKits, until Ctrl-C. */
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AzuriteStartError } from './azurite.ts';
import { startLocalCloud } from './cloud.ts';
import { claimDirectory, DirectoryInUseError } from './data-directory.ts';
import type { FleetMessage } from './devkit/fleet-main.ts';
import { startFleetProcess } from './fleet-process.ts';
import { FunctionHostStartError } from './function-host/supervisor.ts';
import { fleetText, hostText, readyText } from './narration.ts';
import { PortTakenError, portsFrom } from './ports.ts';
import { LOCAL_WEBHOOK_SECRET, webhookEnvironment } from './webhook-environment.ts';
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
  process.exit(error instanceof UsageError ? 2 : 1);
}

async function run(options: StartOptions): Promise<void> {
  const directory = resolve(ROOT, options.data ?? '.local');
  if (options.fresh) await empty(directory);
  const stopping = stopOnSignal();
  const cloud = await startLocalCloud({
    directory,
    ports: portsFrom(options.portBase),
    appDir: ROOT,
    settings: webhookEnvironment(options.webhooks),
    log: (line) => print(hostText(line, options.verbose)),
  });
  stopping.atEnd(() => cloud.close());
  if (options.devices > 0) {
    const narrate = { ...options, onMessage: (message: FleetMessage) => print(fleetText(message)) };
    const fleet = await startFleetProcess(cloud, narrate);
    stopping.atEnd(() => fleet.stop());
  }
  if (stopping.isAsked()) return;
  print(readyText(cloud.endpoints, options.devices));
  if (options.webhooks.length > 0) print(`Webhooks are signed with ${LOCAL_WEBHOOK_SECRET}\n`);
}

/**
 * From now on a signal ends what runs, the last started first; one that comes while something still starts
 * ends it as soon as it runs, so that nothing is left behind and nothing unwritten is lost.
 */
function stopOnSignal(): { atEnd: (closer: () => Promise<void>) => void; isAsked: () => boolean } {
  const closers: (() => Promise<void>)[] = [];
  let asked = false;
  const end = async (): Promise<void> => {
    let code = 0;
    for (const closer of closers.splice(0).toReversed()) {
      try {
        await closer();
      } catch (error) {
        code = 1;
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      }
    }
    if (closers.length === 0) process.exit(code);
  };
  const stop = () => {
    if (asked) return;
    asked = true;
    print('\nStopping ...');
    setTimeout(() => {
      process.stderr.write('Some part did not stop in time.\n');
      process.exit(1);
    }, STOP_MS).unref();
    if (closers.length > 0) void end();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    atEnd: (closer) => {
      closers.push(closer);
      if (asked) void end();
    },
    isAsked: () => asked,
  };
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
