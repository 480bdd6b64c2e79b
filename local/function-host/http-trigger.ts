import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RegisteredFunction } from './core-api.ts';
import { fromRpcResponse, type PlainResponse, toRpcRequest } from './http-rpc.ts';
import { matchRoute, parseRoute, type Route } from './http-routes.ts';
import type { Invoke } from './invoke.ts';
import type { HttpBinding } from './trigger-binding.ts';

export interface HttpFunction {
  readonly fn: RegisteredFunction;
  readonly binding: HttpBinding;
}

export interface HttpTriggerOptions {
  readonly functions: readonly HttpFunction[];
  readonly host: string;
  /** 0: the system picks one. */
  readonly port: number;
  /** Without leading slash, e.g. `api`; may be empty. */
  readonly routePrefix: string;
  /** Asked for where the auth level is not anonymous; absent: nothing is asked for, as `func start` does. */
  readonly key: string | undefined;
  /** Bytes; Azure's default is 100 MB (FUNCTIONS_REQUEST_BODY_SIZE_LIMIT). */
  readonly bodyLimit: number;
  readonly invoke: Invoke;
  /** Answers requests below `/admin/`; the caller has been authorised. */
  readonly admin: (method: string, path: string) => PlainResponse;
}

export interface HttpTrigger {
  readonly url: string;
  /** Takes no new connections; resolves when the running requests are answered. */
  stop(): Promise<void>;
}

/** The port is taken, or the address is not this machine's. */
export class ListenError extends Error {
  readonly code = 'CANNOT_LISTEN';
  constructor(host: string, port: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Functions cannot be served on ${host}:${port}: ${reason}. Choose another port.`, { cause });
    this.name = 'ListenError';
  }
}

/** Routes are read at once, so that a bad template stops the start (RouteTemplateError). Throws a ListenError. */
export async function startHttpTrigger(options: HttpTriggerOptions): Promise<HttpTrigger> {
  const routes = options.functions.map((item) =>
    parseRoute(routePath(options.routePrefix, item.binding.route), item.binding.methods, item),
  );
  const server = createServer((request, response) => void serve(request, response));
  await listening(server, options);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${options.host}:${port}`, stop: async () => closed(server) };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const result = await answer(request, options, routes);
    // While the host stops, a connection kept alive would keep it from ending.
    if (!server.listening) response.setHeader('connection', 'close');
    write(response, result, request.method === 'HEAD');
  }
}

/** `/api/rollouts/{id}`: where a function answers. */
export function routePath(prefix: string, route: string): string {
  return `/${[prefix, route]
    .map((part) => part.replaceAll(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
}

/** Never rejects: what a function throws becomes a bare 500, as in Azure; the log has the details. */
async function answer(
  request: IncomingMessage,
  options: HttpTriggerOptions,
  routes: readonly Route<HttpFunction>[],
): Promise<PlainResponse> {
  try {
    const url = requestUrl(request);
    if (url === undefined) return bare(400);
    const method = request.method ?? 'GET';
    if (url.pathname.startsWith('/admin/')) {
      return isAuthorized(request, url, options.key) ? options.admin(method, url.pathname) : bare(401);
    }
    const match = matchRoute(routes, method, url.pathname);
    if (match === undefined) return bare(404);
    const { fn, binding } = match.target;
    if (binding.authLevel !== 'anonymous' && !isAuthorized(request, url, options.key)) return bare(401);
    const body = await readBody(request, options.bodyLimit);
    if (body === undefined) return { ...bare(413), headers: { connection: 'close' } };
    const data = toRpcRequest(request, url, match.params, body);
    const response = await options.invoke(fn, { inputData: [{ name: binding.name, data }] });
    return fromRpcResponse(response.returnValue);
  } catch {
    return bare(500);
  }
}

function bare(status: number): PlainResponse {
  return { status, headers: {}, body: new Uint8Array() };
}

/** `undefined` for a Host header or a target that makes no URL. */
function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/';
  const text = target.startsWith('/') ? `http://${request.headers.host ?? 'localhost'}${target}` : target;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isAuthorized(request: IncomingMessage, url: URL, key: string | undefined): boolean {
  if (key === undefined) return true;
  const header = request.headers['x-functions-key'];
  const given = Buffer.from(
    (Array.isArray(header) ? header[0] : header) ?? url.searchParams.get('code') ?? '',
  );
  const expected = Buffer.from(key);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** `undefined` where the body is larger than `limit`. Rejects where the client goes away. */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early must not destroy the socket: the 413 still has to go out on it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function write(response: ServerResponse, result: PlainResponse, headersOnly: boolean): void {
  const bodiless = result.status === 204 || result.status === 304;
  const length = bodiless ? {} : { 'content-length': result.body.length };
  try {
    response.writeHead(result.status, { ...result.headers, ...length });
  } catch {
    // A header or cookie of the function that HTTP cannot carry.
    response.writeHead(500).end();
    return;
  }
  response.end(headersOnly || bodiless ? undefined : result.body);
}

async function listening(server: Server, { host, port }: HttpTriggerOptions): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ListenError(host, port, cause);
  }
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
