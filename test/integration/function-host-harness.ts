import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostLogLine } from '../../local/function-host/host-messages.ts';
import {
  type FunctionHostOptions,
  type RunningFunctionHost,
  superviseFunctionHost,
} from '../../local/function-host/supervisor.ts';

export interface TestHost {
  readonly host: RunningFunctionHost;
  /** Everything the host logged so far. */
  readonly lines: readonly HostLogLine[];
  /** What the function wrote with `context.log(JSON.stringify(…))`, in order. */
  entries(functionName: string): unknown[];
}

/** The directory of a fixture app. */
export function fixtureApp(name: string): string {
  return fileURLToPath(new URL(`../fixtures/function-apps/${name}`, import.meta.url));
}

/** Starts the fixture app in a supervised host process on a free port. */
export async function startFixture(
  name: string,
  env: Record<string, string>,
  options: Partial<FunctionHostOptions> = {},
): Promise<TestHost> {
  const lines: HostLogLine[] = [];
  const host = await superviseFunctionHost({
    appDir: fixtureApp(name),
    env,
    port: 0,
    blobPollMs: 50,
    blobRetryMs: 10,
    log: (line) => lines.push(line),
    ...options,
  });
  return {
    host,
    lines,
    entries: (functionName) =>
      lines
        .filter((line) => line.category === 'function' && line.functionName === functionName)
        .map((line): unknown => JSON.parse(line.message)),
  };
}

/** Waits until `probe` gives something other than `undefined` or `false`; the deadline names what was missing. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`It did not happen within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}
