import type { Endpoints } from './endpoints.ts';
import { formatLine } from './devkit/devkit-line.ts';
import type { FleetMessage } from './devkit/fleet-main.ts';
import { formatLogLine, type HostLogLine } from './function-host/host-messages.ts';

/** What a person has to know when all is ready: one table and one line to try. */
export function readyText(endpoints: Endpoints, devices: number): string {
  const rows: readonly [string, string][] = [
    ['Dashboard', `${endpoints.http}/`],
    ['API', `${endpoints.http}/api/docs`],
    ['Storage', endpoints.storage],
    ['IoT Hub', endpoints.iotHub],
    ['  REST API', endpoints.iotHubRest],
    ['  devices (MQTT)', endpoints.deviceGateway],
    ['Event Hub', endpoints.eventHub],
    ['Downloads', endpoints.download],
    ['CA certificate', endpoints.ca],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `The local cloud is ready, with ${devices} simulated DevKits.`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    '',
    'Try this in another terminal:  npm run drop -- --version 1.0.1',
    'Ctrl-C stops everything and keeps it for the next start.',
    '',
  ].join('\n');
}

/** Lines of the app that a watching person wants; the rest is shown with --verbose. */
const ALWAYS = new Set(['warning', 'error', 'critical']);
const INTERESTING = /^\{"event":"(?:upload-(?:admitted|refused|gone))"/;

/** A line of the function host for the terminal, or `undefined` where it is not worth one. */
export function hostText(line: HostLogLine, verbose: boolean): string | undefined {
  return verbose || ALWAYS.has(line.level) || INTERESTING.test(line.message)
    ? formatLogLine(line)
    : undefined;
}

/** A happening of a simulated device for the terminal. */
export function fleetText(message: FleetMessage): string | undefined {
  switch (message.kind) {
    case 'line':
      return formatLine({ ...message.line, at: new Date(message.line.at) });
    case 'failed':
      return `Simulated devices: ${message.message}`;
    case 'started':
    case 'stopped':
      return undefined;
  }
}
