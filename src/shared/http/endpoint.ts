import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { storageStatus } from '../azure/storage-error.ts';
import { errorFields, logEvent } from '../log.ts';
import { ProblemError, problemResponse } from './problem.ts';

/** What a handler answers: a status (200 if absent) and a body that becomes JSON. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/**
 * An HTTP handler that answers JSON. What it throws becomes a problem document: a ProblemError as it
 * says, a storage fault as 503, anything else as 500 without a word of the cause, which is logged.
 */
export function endpoint(answer: (request: HttpRequest) => Promise<Answer>): HttpHandler {
  return async (request, context) => {
    try {
      const { status = 200, body } = await answer(request);
      return json(status, body);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.code === 'internal' || problem.code === 'unavailable') {
        logEvent(context, 'error', 'request-failed', {
          function: context.functionName,
          ...errorFields(error),
        });
      }
      return problemResponse(problem, new URL(request.url).pathname);
    }
  };
}

/** The query, parsed strictly: a parameter that the schema does not know is an error. */
export function queryOf<Query>(request: HttpRequest, schema: z.ZodType<Query>): Query {
  const parsed = schema.safeParse(Object.fromEntries(request.query.entries()));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ pointer: key, detail: 'is not a parameter of this resource' }))
      : [{ pointer: issue.path.join('.'), detail: issue.message }],
  );
  throw new ProblemError('bad-request', 'The query has parameters that are not right.', errors);
}

function json(status: number, body: unknown): HttpResponseInit {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' },
    body: JSON.stringify(body),
  };
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const status = storageStatus(error);
  const passing = status === undefined ? isNetworkError(error) : status === 429 || status >= 500;
  return passing
    ? new ProblemError('unavailable', 'The storage account does not answer now. Try again soon.')
    : new ProblemError('internal', 'The request failed; the log holds the cause.');
}

function isNetworkError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^(?:E[A-Z]+|REQUEST_SEND_ERROR)$/.test(String(error.code))
  );
}
