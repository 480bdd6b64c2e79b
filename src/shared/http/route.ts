import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import type { Caller } from './caller.ts';
import type { RequestLog } from './correlation.ts';
import type {
  AnyAnswer,
  AnyOperation,
  ContentResult,
  JsonResult,
  Operation,
  OperationRequest,
  ResultOf,
} from './operation.ts';
import { parseBody, parseOnlyNew, parsePath, parseQuery, readBytes } from './parse-request.ts';

/** An operation together with what it does. */
export interface Route {
  readonly operation: AnyOperation;
  readonly handle: (request: HttpRequest, caller: Caller, log: RequestLog) => Promise<Served>;
}

/** An answer before it gets its headers. */
export interface Served {
  readonly status: number;
  readonly content: string | Uint8Array;
  readonly mediaType: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A handler answered something else than its operation describes: a fault of the program. */
export class AnswerMismatchError extends Error {
  readonly code = 'answer-not-as-described';

  constructor(operationId: string, cause: unknown) {
    super(`The answer of ${operationId} is not as its operation describes it`, { cause });
    this.name = 'AnswerMismatchError';
  }
}

/**
 * Binds a handler to its operation. The handler gets the request parsed, and its answer goes through the
 * described schema: what is served is what is documented, and nothing beside it.
 */
export function route<
  Path extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answered extends AnyAnswer,
>(
  operation: Operation<Path, Query, Body, Answered>,
  handler: (
    request: OperationRequest<z.output<Path>, z.output<Query>, z.output<Body>>,
  ) => Promise<ResultOf<Answered>>,
): Route {
  return {
    operation,
    handle: async (request, caller, log) => {
      const path = parsePath(request, operation.parameters);
      const query = parseQuery(request, operation.query);
      const body = operation.body && (await parseBody(request, operation.body));
      const ifMatch = request.headers.get('if-match') ?? undefined;
      const result = await handler({
        path,
        query,
        body: body as z.output<Body>,
        readBytes: async () => readBytes(request, operation),
        ifMatch,
        onlyNew: parseOnlyNew(request, operation),
        url: request.url,
        caller,
        log,
      });
      return shaped(operation.id, operation.answer, result);
    },
  };
}

function shaped(id: string, answer: AnyAnswer, result: JsonResult<unknown> | ContentResult): Served {
  const { headers = {} } = result;
  if ('content' in result) {
    return { status: 200, content: result.content, mediaType: result.mediaType, headers };
  }
  if (answer.kind !== 'json') throw new AnswerMismatchError(id, undefined);
  const parsed = answer.schema.safeParse(result.body);
  if (!parsed.success) throw new AnswerMismatchError(id, parsed.error);
  return {
    status: result.status ?? answer.status ?? 200,
    content: JSON.stringify(parsed.data),
    mediaType: 'application/json; charset=utf-8',
    headers,
  };
}
