/** The command `npm run devkit`: one simulated DevKit against any IoT Hub. */
import { parseCommandLine, readTrustedRoots, USAGE, UsageError, type DevKitCommand } from './command-line.ts';
import { ConnectionStringError } from './device-connection-string.ts';
import { formatLine } from './devkit-line.ts';
import { DevKit } from './devkit.ts';
import { FAULTS } from './fault-profiles.ts';

const ENDPOINTS = new URL('../../.local/endpoints.json', import.meta.url);

try {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  if (command === 'help') process.stdout.write(USAGE);
  else await run(command);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ConnectionStringError)) throw error;
  process.stderr.write(`${error.message}\nSee: npm run devkit -- --help\n`);
  process.exitCode = 2;
}

async function run(command: DevKitCommand): Promise<void> {
  const { connectionString, runningVersion, deviceType, reportsVerifying, speed } = command;
  const ca = await readTrustedRoots(command, ENDPOINTS);
  const devkit = new DevKit({
    connectionString,
    runningVersion,
    deviceType,
    reportsVerifying,
    speed,
    ...(ca === undefined ? {} : { ca }),
    faults: FAULTS[command.fault],
    random: Math.random,
    now: () => new Date(),
    log: (line) => process.stdout.write(`${formatLine(line)}\n`),
  });
  const stop = (): void => void devkit.stop().then(() => process.exit());
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.write(`${devkit.deviceId} runs ${runningVersion}; Ctrl-C switches it off.\n`);
  await devkit.start();
}
