import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Deployed } from './deployment.ts';
import { ROOT } from './infra-sources.ts';
import { appSettingsOf } from './parameter-choices.ts';

/** A function as the app registers it with the worker. */
export interface RegisteredFunction {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly type: string }>>;
  readonly retryOptions?: Readonly<Record<string, unknown>> | null;
}
export interface Registered {
  readonly functions: readonly RegisteredFunction[];
  readonly capabilities: Readonly<Record<string, string>>;
}

/** What the app registers where it runs with exactly these settings; rejects where it does not start. */
export async function registeredWith(
  settings: Readonly<Record<string, string>>,
  appDir = ROOT,
): Promise<Registered> {
  const script = fileURLToPath(new URL('register-app.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, appDir], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...settings },
  });
  return JSON.parse(stdout) as Registered;
}

/** The settings that are deployed, with samples for what only Azure knows. */
export function settingsOf(resources: readonly Deployed[]): Record<string, string> {
  const settings = Object.entries(appSettingsOf(resources));
  return Object.fromEntries(settings.map(([name, value]) => [name, sampleOf(value)]));
}

function sampleOf(value: string): string {
  return SAMPLES.reduce((text, [pattern, sample]) => text.replace(pattern, sample), value);
}

const SAMPLES: readonly (readonly [RegExp, string])[] = [
  [/<.*listServiceSas\(\)\.serviceSasToken>/, 'sv=2022-11-02&sr=c&si=devices&sig=c2FtcGxl'],
  [/<listKeys\(.*?\)\.primaryKey>/, 'c2FtcGxl'],
  [/<hub\.properties\.eventHubEndpoints\.events\.endpoint>/, 'sb://sample.servicebus.windows.net/'],
  [/<hub\.properties\.eventHubEndpoints\.events\.path>/, 'iothub-ehub-sample'],
  [/<hub\.properties\.eventHubEndpoints\.events\.partitionCount>/, '4'],
  [/<app\.properties\.defaultHostName>/, 'sample.azurewebsites.net'],
  [/<appIdentity\.properties\.clientId>/, '00000000-0000-0000-0000-0000000000aa'],
];
