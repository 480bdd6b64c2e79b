import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isLocal, parseDeviceConnectionString } from './device-connection-string.ts';
import { FAULT_NAMES, FAULTS, isFaultName, type FaultName } from './fault-profiles.ts';

export interface DevKitCommand {
  connectionString: string;
  /** Path of a PEM file. */
  caFile: string | undefined;
  speed: number;
  runningVersion: string;
  fault: FaultName;
  deviceType: string;
  reportsVerifying: boolean;
}

/** Arguments that make no command; the message is for the person who wrote them. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'UsageError';
  }
}

const OPTIONS = {
  'connection-string': { type: 'string' },
  ca: { type: 'string' },
  speed: { type: 'string', default: '1' },
  version: { type: 'string', default: '1.0.0' },
  fault: { type: 'string', default: 'none' },
  type: { type: 'string', default: 'IoTDevKit' },
  'reports-verifying': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const USAGE = `Runs one simulated MXChip IoT DevKit against an IoT Hub, the local one or a real one.

  npm run devkit -- --connection-string "HostName=...;DeviceId=...;SharedAccessKey=..." [options]

  --connection-string  of the device; never printed. The variable DEVICE_CONNECTION_STRING does as well
  --ca FILE            trusted roots (PEM) for the hub and for downloads
                       (default: those of the running local cloud where the hub is on this machine)
  --speed N            how many times faster than the board (default 1: a download takes a minute)
  --version V          the firmware version that it runs at the start (default 1.0.0)
  --type T             the type that it reports (default IoTDevKit)
  --reports-verifying  also reports Verifying, as an early sample did
  --fault NAME         what goes wrong with it (default none):
${FAULT_NAMES.map((name) => `      ${name.padEnd(18)} ${FAULTS[name].does} Ends in: ${FAULTS[name].endsIn}`).join('\n')}
`;

/** Reads the arguments; `help` where they ask for it. Throws `UsageError` and `ConnectionStringError`. */
export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): DevKitCommand | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const connectionString = values['connection-string'] ?? environment['DEVICE_CONNECTION_STRING'];
  if (connectionString === undefined) throw new UsageError('--connection-string is missing.');
  parseDeviceConnectionString(connectionString);
  const speed = Number(values.speed);
  if (!(speed > 0 && Number.isFinite(speed))) throw new UsageError('--speed must be a number above 0.');
  if (!isFaultName(values.fault)) {
    throw new UsageError(`--fault must be one of ${FAULT_NAMES.join(', ')}; "${values.fault}" is none.`);
  }
  return {
    connectionString,
    caFile: values.ca,
    speed,
    runningVersion: values.version,
    fault: values.fault,
    deviceType: values.type,
    reportsVerifying: values['reports-verifying'],
  };
}

/**
 * The trusted roots: of `--ca`, or of the local cloud that runs on this machine (`endpointsFile` names
 * them while it does), or `undefined` for the system's. Throws `UsageError` where a file cannot be read.
 */
export async function readTrustedRoots(
  command: Pick<DevKitCommand, 'caFile' | 'connectionString'>,
  endpointsFile: URL,
): Promise<string | undefined> {
  if (command.caFile !== undefined) return readPem(command.caFile);
  if (!isLocal(parseDeviceConnectionString(command.connectionString))) return undefined;
  const endpoints = await readFile(endpointsFile, 'utf8').catch(() => undefined);
  if (endpoints === undefined) return undefined;
  return readPem(caOf(endpoints, endpointsFile));
}

function caOf(endpoints: string, file: URL): string {
  try {
    return z.object({ ca: z.string() }).parse(JSON.parse(endpoints)).ca;
  } catch (error) {
    throw new UsageError(`${fileURLToPath(file)} names no CA file; name it with --ca.`, error);
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The CA file ${file} cannot be read.`, error);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    // The message would repeat the argument, and a part of a connection string is a secret.
    if (error.code !== 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') throw new UsageError(error.message, error);
    throw new UsageError(
      'An argument belongs to no option. A connection string must stand in quotes.',
      error,
    );
  }
}
