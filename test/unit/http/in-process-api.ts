import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { matchRoute, parseRoute } from '../../../local/function-host/http-routes.ts';
import type { ApiAuth } from '../../../src/shared/http/caller.ts';
import { endpoint } from '../../../src/shared/http/endpoint.ts';
import { refuseUnknown } from '../../../src/shared/http/register.ts';
import type { Route } from '../../../src/shared/http/route.ts';

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Fails where the body is not JSON. */
  json(): Record<string, unknown>;
}

/** A line of the log, parsed. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string };

/** The API as the host routes to it, in this process: the same handlers, requests of the real library. */
export class InProcessApi {
  readonly lines: LogLine[] = [];
  readonly #routes;

  constructor(routes: readonly Route[], auth: ApiAuth = 'keys') {
    let made = 0;
    const newId = () => `made-${String(++made).padStart(4, '0')}`;
    const operations = routes.map(({ operation }) => operation);
    this.#routes = [
      ...routes.map((route) => {
        const { method, path } = route.operation;
        const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
        return parseRoute(`/api${path}`, methods, endpoint(route, auth, newId));
      }),
      parseRoute(
        '/api/{*path}',
        ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        refuseUnknown(operations, newId),
      ),
    ];
  }

  async ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
    const url = new URL(path, 'http://localhost');
    const match = matchRoute(this.#routes, method, url.pathname);
    if (!match) throw new Error(`The host would answer ${method} ${path} itself`);
    const request = new HttpRequest({
      method,
      url: url.href,
      headers: { ...headers },
      params: match.params,
      query: Object.fromEntries(url.searchParams),
      ...(body !== undefined && { body: typeof body === 'string' ? { string: body } : { bytes: body } }),
    });
    const context = new InvocationContext({
      functionName: 'test',
      logHandler: (level, ...args) => {
        this.lines.push({ level, ...(JSON.parse(String(args[0])) as object) });
      },
    });
    return answered((await match.target(request, context)) ?? {});
  }
}

function answered({ status = 200, headers, body }: HttpResponseInit): Answered {
  const text =
    typeof body === 'string' ? body : Buffer.from((body as Uint8Array | undefined) ?? []).toString('utf8');
  return {
    status,
    headers: new Headers(headers),
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}
