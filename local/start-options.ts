import { parseArgs } from 'node:util';
import { type FaultShares, FaultSharesError, parseFaultShares } from './devkit/assign-faults.ts';
import { FAULT_NAMES, FAULTS } from './devkit/fault-profiles.ts';
import { DEFAULT_PORT_BASE } from './ports.ts';

export interface StartOptions {
  readonly devices: number;
  readonly speed: number;
  readonly faults: FaultShares;
  /** Addresses that events are sent to. */
  readonly webhooks: readonly string[];
  readonly portBase: number;
  /** Absent: `.local` in the project. */
  readonly data: string | undefined;
  readonly fresh: boolean;
  readonly verbose: boolean;
}

/** Arguments that make no sense; the message is for the person who wrote them. */
export class UsageError extends Error {
  readonly code = 'usage';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

const MAX_DEVICES = 1000;
const MAX_PORT_BASE = 64_000;

export const USAGE = `Runs the whole system on this machine: storage, an IoT Hub, Event Hubs, the app and simulated DevKits.

  npm start -- [options]

  --devices N      simulated DevKits, 0 to ${MAX_DEVICES} (default 10)
  --speed X        how many times faster than real boards (default 10: a download takes some 6 s)
  --faults LIST    what goes wrong, as percent of the devices, e.g. "falls-back=10,wrong-bytes=10":
${FAULT_NAMES.map((name) => `      ${name.padEnd(18)} ${FAULTS[name].does}`).join('\n')}
  --webhook URL    send events there, e.g. http://localhost:9000/hook; may be given several times
  --port-base N    ports start here (default ${DEFAULT_PORT_BASE}; 0 = free ports)
  --data DIR       where everything is kept over restarts (default .local)
  --fresh          start empty: what is kept is removed first
  --verbose        every line of the app's log
`;

/** Reads the arguments of \`npm start\`. Throws a UsageError that says what is wrong. */
export function parseStartOptions(args: readonly string[]): StartOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  return {
    devices: wholeNumber('--devices', values.devices, 0, MAX_DEVICES),
    speed: positive('--speed', values.speed),
    faults: faultShares(values.faults),
    webhooks: values.webhook,
    portBase: wholeNumber('--port-base', values['port-base'], 0, MAX_PORT_BASE),
    data: values.data,
    fresh: values.fresh,
    verbose: values.verbose,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        devices: { type: 'string', default: '10' },
        speed: { type: 'string', default: '10' },
        faults: { type: 'string', default: '' },
        webhook: { type: 'string', multiple: true, default: [] },
        'port-base': { type: 'string', default: String(DEFAULT_PORT_BASE) },
        data: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function faultShares(text: string): FaultShares {
  try {
    return parseFaultShares(text);
  } catch (error) {
    if (error instanceof FaultSharesError)
      throw new UsageError(`--faults: ${error.message}`, { cause: error });
    throw error;
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${name} must be a whole number from ${min} to ${max}.`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${name} must be a number above 0.`);
}
