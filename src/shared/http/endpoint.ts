import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { HubError } from '../azure/hub-error.ts';
import { storageStatus } from '../azure/storage-error.ts';
import { TableUnavailableError } from '../azure/table-faults.ts';
import { errorFields } from '../log.ts';
import { type ApiAuth, authorize } from './caller.ts';
import { CORRELATION_HEADER, correlationId, type RequestLog, requestLog } from './correlation.ts';
import { entityTag, isNamedBy } from './entity-tag.ts';
import { problemDocument, ProblemError, problems } from './problem.ts';
import type { Route, Served } from './route.ts';

const RETRY_AFTER_SECONDS = '5';

/**
 * The HTTP handler of a route. Whatever happens, the answer carries the correlation id, and what the
 * handler throws becomes a problem document: a ProblemError as it says, a fault of storage or hub as 429 or 503,
 * anything else as 500 without a word of its cause, which is logged.
 *
 * HEAD runs as GET does, and the host withholds the body: so its headers are those of GET.
 */
export function endpoint({ operation, handle }: Route, auth: ApiAuth, newId: () => string): HttpHandler {
  return async (request, context) => {
    const id = correlationId(request.headers.get(CORRELATION_HEADER), newId);
    const log = requestLog(context, id);
    try {
      const caller = authorize(request.headers, operation.right, auth);
      const response = respond(request, await handle(request, caller, log), id);
      const level = operation.right === 'write' ? 'info' : 'debug';
      log(level, 'request-answered', {
        operation: operation.id,
        status: response.status,
        caller: caller.name,
      });
      return response;
    } catch (error) {
      const problem = toProblem(error);
      logProblem(log, operation.id, problem);
      return problemResponse(problem, request.url, id);
    }
  };
}

/** The answer to a problem, for a handler that is no operation's. */
export function problemResponse(problem: ProblemError, url: string, id: string): HttpResponseInit {
  const { status } = problems[problem.code];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 429 || status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
      ...problem.headers,
      ...commonHeaders(id),
    },
    body: JSON.stringify(problemDocument(problem, new URL(url).pathname, id)),
  };
}

function respond(
  request: HttpRequest,
  served: Served,
  id: string,
): HttpResponseInit & { readonly status: number } {
  const isSafe = request.method === 'GET' || request.method === 'HEAD';
  const validators = isSafe && served.status === 200 ? { etag: entityTag(served.content) } : {};
  const headers = {
    // Always asked again, since states change any second; a 304 makes that cheap.
    'cache-control': isSafe ? 'private, no-cache' : 'no-store',
    ...validators,
    ...served.headers,
    ...commonHeaders(id),
    ...(served.status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
  };
  if (validators.etag && isNamedBy(request.headers.get('if-none-match'), validators.etag)) {
    return { status: 304, headers };
  }
  return {
    status: served.status,
    headers: { 'content-type': served.mediaType, ...headers },
    body: served.content,
  };
}

function commonHeaders(id: string) {
  return { [CORRELATION_HEADER]: id, 'x-content-type-options': 'nosniff' };
}

function logProblem(log: RequestLog, operation: string, problem: ProblemError): void {
  const { status } = problems[problem.code];
  const cause = problem.cause === undefined ? {} : errorFields(problem.cause);
  if (status >= 500) log('error', 'request-failed', { operation, status, ...cause });
  else log('debug', 'request-refused', { operation, status, code: problem.code, ...cause });
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof HubError) return hubProblem(error);
  const cause = error instanceof TableUnavailableError ? error.cause : error;
  const status = storageStatus(cause);
  if (status === 429) {
    return new ProblemError('throttled', 'The storage account is asked too much now. Try again soon.', {
      cause: error,
    });
  }
  const passing = status === undefined ? isPassing(error) : status >= 500;
  return passing
    ? new ProblemError('unavailable', 'The storage account does not answer now. Try again soon.', {
        cause: error,
      })
    : new ProblemError('internal', 'The request failed; the log holds the cause.', { cause: error });
}

/** What the hub says to requests that are right: an answer that blames them is a fault of this program. */
function hubProblem(error: HubError): ProblemError {
  switch (error.kind) {
    case 'throttled':
      return new ProblemError('throttled', 'IoT Hub is asked too much now. Try again soon.', {
        cause: error,
      });
    case 'unavailable':
    case 'unauthorized':
      return new ProblemError('unavailable', 'IoT Hub does not answer this app now. Try again soon.', {
        cause: error,
      });
    case 'not-found':
    case 'exists':
    case 'precondition-failed':
    case 'quota-exceeded':
    case 'rejected':
      return new ProblemError('internal', 'The request failed; the log holds the cause.', { cause: error });
  }
}

/** Without an answer of the service: the ledger's own word for it, or a code of the network. */
function isPassing(error: unknown): boolean {
  if (error instanceof TableUnavailableError) return true;
  return (
    error instanceof Error && 'code' in error && /^(?:E[A-Z]+|REQUEST_SEND_ERROR)$/.test(String(error.code))
  );
}
