import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';

import type { IotHub } from './hub.ts';
import type { HubErrorCode } from './hub-error.ts';
import { errorBody, HubError } from './hub-error.ts';
import { readRequest } from './rest-request.ts';
import type { RestAnswer } from './rest-routes.ts';
import { route } from './rest-routes.ts';
import { parseSas, verifySas } from './sas.ts';

/** What every request meets while the hub is out: an error status, or a connection that breaks. */
export type Outage = 429 | 500 | 503 | 'refuse';

export interface HubRestOptions {
  hub: IotHub;
  host: string;
  /** 0: any free port. */
  port: number;
  /** PEM. */
  tls: { key: string; cert: string };
  now: () => Date;
}

export interface HubRest {
  url: string;
  port: number;
  /** Makes every request fail from now on; undefined ends the outage. */
  outage(outage: Outage | undefined): void;
  /** Resolves when no connection is left. */
  close(): Promise<void>;
}

/**
 * Serves a hub's service REST API over TLS to unmodified SDKs: any `api-version`, authentication by shared
 * access signature.
 */
export async function startHubRest(options: HubRestOptions): Promise<HubRest> {
  let outage: Outage | undefined;
  const server = createServer(options.tls, (message, response) => {
    if (outage === 'refuse') message.socket.destroy();
    else void respond(options, outage, message, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  // Only a server on a pipe, or one that does not listen, has another kind of address.
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `https://${options.host}:${port}`,
    port,
    outage: (next) => {
      outage = next;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function respond(
  options: HubRestOptions,
  outage: Exclude<Outage, 'refuse'> | undefined,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (outage !== undefined) throw new HubError(OUTAGES[outage], 'the hub is out of order on purpose');
    authenticate(options, message);
    send(response, route(options.hub, await readRequest(message, options.hub.limits.requestBytes)));
  } catch (error) {
    sendError(response, error);
  }
}

/** @throws {HubError} IotHubUnauthorized */
function authenticate({ hub, now }: HubRestOptions, message: IncomingMessage): void {
  const token = message.headers.authorization;
  if (token === undefined) throw new HubError('IotHubUnauthorized', 'Authorization header missing');
  const key = hub.policyKey(parseSas(token)?.policy ?? '');
  const verdict = verifySas(token, { keys: key === undefined ? [] : [key], audience: hub.hostName }, now());
  if (!verdict.ok)
    throw new HubError('IotHubUnauthorized', `the shared access signature has: ${verdict.reason}`);
}

const OUTAGES: Record<Exclude<Outage, 'refuse'>, HubErrorCode> = {
  429: 'ThrottlingException',
  500: 'ServerError',
  503: 'ServiceUnavailable',
};

function send(response: ServerResponse, answer: RestAnswer): void {
  const body = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...(body && { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  });
  response.end(body);
}

/** A fault of the hub itself is answered as one (500), never left without an answer. */
function sendError(response: ServerResponse, error: unknown): void {
  const refusal = error instanceof HubError ? error : new HubError('ServerError', String(error));
  const headers: Record<string, string> = { iothub_errorcode: refusal.code };
  if (refusal.status === 429) headers['retry-after'] = '1';
  send(response, { status: refusal.status, body: errorBody(refusal), headers });
}
