import type { PlainResponse } from './http-rpc.ts';
import type { TimerTrigger } from './timer-trigger.ts';

export interface AdminOptions {
  readonly hostId: string;
  readonly functionNames: readonly string[];
  /** The timer function of that name, `undefined` where it has another trigger or has not started yet. */
  readonly timer: (name: string) => Pick<TimerTrigger, 'runNow'> | undefined;
  readonly uptimeMs: () => number;
}

/**
 * The two endpoints of the real host that help locally: `POST /admin/functions/{name}` runs a timer
 * function now (202, the result is in the log), `GET /admin/host/status` says that the host runs.
 */
export function adminEndpoints(options: AdminOptions): (method: string, path: string) => PlainResponse {
  return (method, path) => {
    if (method === 'GET' && path === '/admin/host/status') {
      return json(200, {
        id: options.hostId,
        state: 'Running',
        processUptime: Math.round(options.uptimeMs()),
      });
    }
    const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
    if (method !== 'POST' || name === undefined)
      return json(404, { error: 'There is no such admin endpoint.' });
    return runFunction(options, name);
  };
}

/** Azure takes function names in any case. */
function runFunction(options: AdminOptions, name: string): PlainResponse {
  const known = options.functionNames.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (known === undefined) return json(404, { error: `There is no function "${name}".` });
  const timer = options.timer(known);
  if (timer === undefined) return json(400, { error: `Function "${known}" has no timer trigger.` });
  timer.runNow();
  return { status: 202, headers: {}, body: new Uint8Array() };
}

function json(status: number, value: object): PlainResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(value)),
  };
}
