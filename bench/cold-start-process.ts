import { pathToFileURL } from 'node:url';
import { installCoreApi } from '../local/function-host/core-api.ts';
import { createInvoker } from '../local/function-host/invoke.ts';
import type { ColdStart } from './cold-start.ts';

/**
 * A fresh process that loads an app as the worker of Azure Functions does and then, where a function is
 * named, lets it answer its first GET: `node cold-start-process.mjs ENTRY [FUNCTION]`. Writes a ColdStart.
 */

const [entry = '', functionName] = process.argv.slice(2);
const registration = installCoreApi(() => undefined);
const invoke = createInvoker({
  app: registration,
  log: () => undefined,
  newInvocationId: () => '00000000-0000-4000-8000-000000000000',
  onTimeout: (error) => {
    throw error;
  },
});

const cpu = process.cpuUsage();
const start = performance.now();
await import(pathToFileURL(entry).href);
const loadMs = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
const loaded = { loadMs, cpuMs: (user + system) / 1000, functions: registration.functions.size };
const result: ColdStart =
  functionName === undefined ? loaded : { ...loaded, read: await firstRead(functionName) };
process.stdout.write(JSON.stringify(result));
process.exit();

async function firstRead(name: string): Promise<{ status: number; ms: number }> {
  const fn = registration.functions.get(name);
  const binding = Object.entries(fn?.metadata.bindings ?? {}).find(([, { type }]) => type === 'httpTrigger');
  if (fn === undefined || binding === undefined) return { status: 0, ms: Number.NaN };
  const http = {
    method: 'GET',
    url: 'http://localhost/api/rollouts',
    headers: {},
    params: {},
    query: {},
    body: null,
  };
  const { returnValue } = await invoke(fn, { inputData: [{ name: binding[0], data: { http } }] });
  return { status: Number(returnValue?.http?.statusCode ?? 0), ms: performance.now() - start };
}
