import path from 'node:path';
import { parseArgs } from 'node:util';
import { startFunctionHost, type StartedFunctionHost } from './function-host.ts';
import { formatLogLine, type HostLogLine, type HostMessage } from './host-messages.ts';
import { describe } from './invoke.ts';

/**
 * The function host as a process:
 * `node --import tsx local/function-host/main.ts --app DIR [--port N] [--host ADDRESS] [--key K]
 * [--blob-poll-ms N] [--blob-retry-ms N]`. App settings are the environment. With an IPC channel it
 * reports to its supervisor and ends when that goes away; without one it writes to the terminal.
 */

/** How long running invocations may take to end after a stop was asked for. */
const STOP_WITHIN_MS = 3_000;
/** A fatal message that cannot be delivered must not keep the process. */
const REPORT_WITHIN_MS = 500;

let started: StartedFunctionHost | undefined;
let ending = false;
const supervised = process.send !== undefined;

// When the supervisor is gone, so is the reader of these; that must not cut the graceful end short.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

process.on('uncaughtException', (error) => die(`Uncaught exception, the process ends: ${describe(error)}`));
process.on('unhandledRejection', (reason) =>
  die(`Unhandled rejection, the process ends: ${describe(reason)}`),
);
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => void end());
process.on('disconnect', () => void end());

try {
  started = await startFunctionHost(readOptions());
  report({ type: 'ready', url: started.url, functions: started.functions });
  if (ending) await end();
} catch (error) {
  die(error instanceof Error ? error.message : String(error));
}

function readOptions(): Parameters<typeof startFunctionHost>[0] {
  const { values } = parseArgs({
    options: {
      app: { type: 'string' },
      port: { type: 'string', default: '7071' },
      host: { type: 'string', default: '127.0.0.1' },
      key: { type: 'string' },
      'blob-poll-ms': { type: 'string', default: '1000' },
      'blob-retry-ms': { type: 'string', default: '500' },
    },
  });
  if (values.app === undefined)
    throw new TypeError('--app DIR is missing: the directory of the built function app.');
  return {
    appDir: path.resolve(values.app),
    host: values.host,
    port: wholeNumber('--port', values.port),
    key: values.key,
    blobPollMs: wholeNumber('--blob-poll-ms', values['blob-poll-ms']),
    blobRetryMs: wholeNumber('--blob-retry-ms', values['blob-retry-ms']),
    settings: process.env,
    log: (line) => report({ type: 'log', line }),
    onFatal: (error) => die(error.message),
  };
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${option} needs a whole number, not "${text}".`);
  return Number(text);
}

/** Running invocations get a bounded time; what does not end by then is cut off, as at a kill. */
async function end(): Promise<void> {
  ending = true;
  // Also for a start that never comes to its end.
  setTimeout(() => process.exit(0), STOP_WITHIN_MS);
  if (started === undefined) return;
  try {
    await started.stop();
  } catch (error) {
    log({ level: 'error', category: 'host', message: `While stopping: ${describe(error)}` });
  }
  // Messages arrive in order: once this one is delivered, all are.
  const line = { level: 'information', category: 'host', message: 'The function host has stopped.' } as const;
  report({ type: 'log', line }, () => process.exit(0));
}

/** Reports why, then ends the process: what the app left behind cannot be trusted any more. */
function die(message: string): void {
  setTimeout(() => process.exit(1), REPORT_WITHIN_MS);
  report({ type: 'fatal', message }, () => process.exit(1));
}

function log(line: HostLogLine): void {
  report({ type: 'log', line });
}

function report(message: HostMessage, delivered: () => void = () => {}): void {
  if (!supervised)
    process.stdout.write(
      `${asText(message)}
`,
      () => delivered(),
    );
  else if (process.connected) process.send?.(message, undefined, undefined, () => delivered());
  // A supervisor that is gone cannot be told anything.
  else delivered();
}

function asText(message: HostMessage): string {
  switch (message.type) {
    case 'log':
      return formatLogLine(message.line);
    case 'fatal':
      return `[critical] host: ${message.message}`;
    case 'ready':
      return [`[information] host: ready at ${message.url}`, ...message.functions.map(functionText)].join(
        '\n',
      );
  }
}

function functionText({
  name,
  trigger,
  methods,
  route,
}: Extract<HostMessage, { type: 'ready' }>['functions'][number]): string {
  return `  ${name}: ${trigger}${route === undefined ? '' : ` ${methods?.join(',')} ${route}`}`;
}
