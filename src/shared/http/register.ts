import { app, type HttpHandler, type HttpMethod } from '@azure/functions';
import type { ApiAuth } from './caller.ts';
import { CORRELATION_HEADER, correlationId, requestLog } from './correlation.ts';
import { endpoint, problemResponse } from './endpoint.ts';
import { methodsOf } from './operation-paths.ts';
import type { AnyOperation } from './operation.ts';
import { ProblemError } from './problem.ts';
import type { Route } from './route.ts';

export interface ApiOptions {
  readonly auth: ApiAuth;
  /** Makes correlation ids. */
  readonly newId: () => string;
}

const EVERY_METHOD: HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** host.json has no route prefix, so that the dashboard can be at `/`: every operation has it in its own route. */
const PREFIX = 'api';

/**
 * Registers a function for each route, and one for everything else below `/api`: routing hands it what no
 * operation takes, so that a wrong path or method gets a problem document as well.
 */
export function registerApi(routes: readonly Route[], { auth, newId }: ApiOptions): void {
  for (const route of routes) {
    const { id, method, path, right } = route.operation;
    app.http(id, {
      methods: method === 'GET' ? ['GET', 'HEAD'] : [method],
      // With Entra ID the host must not ask for a key as well: the principal's roles decide.
      authLevel: right === 'public' || auth === 'entra' ? 'anonymous' : 'function',
      route: `${PREFIX}${path}`,
      handler: endpoint(route, auth, newId),
    });
  }
  app.http('unknown-request', {
    methods: EVERY_METHOD,
    authLevel: 'anonymous',
    route: `${PREFIX}/{*path}`,
    handler: refuseUnknown(
      routes.map(({ operation }) => operation),
      newId,
    ),
  });
}

/** 405 with `Allow` where the path has operations of other methods, else 404. */
export function refuseUnknown(operations: readonly AnyOperation[], newId: () => string): HttpHandler {
  return async (request, context) => {
    const id = correlationId(request.headers.get(CORRELATION_HEADER), newId);
    const allowed = methodsOf(operations, request.params['path'] ?? '');
    const problem =
      allowed.length > 0
        ? new ProblemError('method-not-allowed', `This resource takes ${allowed.join(', ')}.`, {
            headers: { allow: allowed.join(', ') },
          })
        : new ProblemError('not-found', 'There is no resource at this path; /api/docs lists them.');
    requestLog(context, id)('debug', 'request-refused', { code: problem.code });
    return problemResponse(problem, request.url, id);
  };
}
