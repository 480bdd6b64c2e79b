import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import type { AnyOperation, JsonBody } from './operation.ts';
import { ProblemError, type ProblemDetail } from './problem.ts';

/** Far more than any body of the API; a larger one is not read as JSON at all. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** The path's parameters. One that cannot exist is a resource that is not there. Throws a ProblemError. */
export function parsePath<Path extends z.ZodObject>(request: HttpRequest, schema: Path): z.output<Path> {
  // The host hands over a parameter for each name of the route, and nothing else that is of interest.
  const known = Object.keys(schema.shape).map((name) => [name, request.params[name]]);
  const parsed = schema.safeParse(Object.fromEntries(known));
  if (parsed.success) return parsed.data;
  throw new ProblemError('not-found', 'The path names nothing that can exist.', {
    errors: parsed.error.issues.flatMap((issue) => detailsOf('path', issue)),
  });
}

/** The query, parsed strictly: a parameter that the schema does not know is an error. Throws a ProblemError. */
export function parseQuery<Query extends z.ZodObject>(request: HttpRequest, schema: Query): z.output<Query> {
  const parsed = schema.safeParse(Object.fromEntries(request.query.entries()));
  if (parsed.success) return parsed.data;
  throw new ProblemError('bad-request', 'The query has parameters that are not right.', {
    errors: parsed.error.issues.flatMap((issue) => detailsOf('query', issue)),
  });
}

/** The body as JSON. Throws a ProblemError (`unsupported-media-type`, `body-too-large`, `bad-request`). */
export async function parseBody<Body extends z.ZodType>(
  request: HttpRequest,
  { schema }: JsonBody<Body>,
): Promise<z.output<Body>> {
  if (!/^application\/json *(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new ProblemError('unsupported-media-type', 'Send the body as application/json.');
  }
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > BODY_LIMIT_BYTES) {
    throw new ProblemError('body-too-large', `The body has more than ${BODY_LIMIT_BYTES} bytes.`);
  }
  const parsed = schema.safeParse(parseJson(Buffer.from(bytes).toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new ProblemError('bad-request', 'The body is not right.', {
    errors: parsed.error.issues.flatMap((issue) => detailsOf('body', issue)),
  });
}

/**
 * Whether an operation that writes is asked to write only what is not there yet. Throws a ProblemError
 * (`bad-request`) for a tag instead of `*`: no caller knows one of what is not there.
 */
export function parseOnlyNew(request: HttpRequest, { onlyNew }: Pick<AnyOperation, 'onlyNew'>): boolean {
  const given = request.headers.get('if-none-match');
  if (onlyNew === undefined || given === null) return false;
  if (given.trim() === '*') return true;
  throw new ProblemError('bad-request', 'A header is not right.', {
    errors: [{ in: 'header', pointer: 'If-None-Match', detail: 'must be *' }],
  });
}

/** An operation reads bytes that it does not describe: a fault of the program. */
export class BytesNotDescribedError extends Error {
  readonly code = 'bytes-not-described';
  constructor(operationId: string) {
    super(`The operation ${operationId} takes no bytes`);
    this.name = 'BytesNotDescribedError';
  }
}

/** The body as it came. Throws a ProblemError (`unsupported-media-type`, `body-too-large`). */
export async function readBytes(request: HttpRequest, { id, bytes }: AnyOperation): Promise<Buffer> {
  if (!bytes) throw new BytesNotDescribedError(id);
  const given = request.headers.get('content-type') ?? '';
  if (given.split(';')[0]?.trim().toLowerCase() !== bytes.mediaType) {
    throw new ProblemError('unsupported-media-type', `Send the body as ${bytes.mediaType}.`);
  }
  const tooLarge = () =>
    new ProblemError('body-too-large', `The body has more than ${bytes.maxBytes} bytes.`);
  // What the caller says of the length saves reading it; what it truly is decides.
  if (Number(request.headers.get('content-length') ?? 0) > bytes.maxBytes) throw tooLarge();
  const body = Buffer.from(await request.arrayBuffer());
  if (body.length > bytes.maxBytes) throw tooLarge();
  return body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProblemError('bad-request', 'The body is not JSON.', {
      errors: [{ in: 'body', pointer: '#', detail: 'is not JSON' }],
      cause,
    });
  }
}

function detailsOf(place: ProblemDetail['in'], issue: z.core.$ZodIssue): ProblemDetail[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ in: place, pointer: pointerTo(place, issue.path), detail: issue.message }];
  }
  return issue.keys.map((key) => ({
    in: place,
    pointer: pointerTo(place, [...issue.path, key]),
    detail: unknownName(place, key),
  }));
}

function unknownName(place: ProblemDetail['in'], name: string): string {
  return place === 'query' && name === 'code'
    ? 'is not taken here: send the key in the header x-functions-key, since URLs end up in logs'
    : 'is not known here';
}

function pointerTo(place: ProblemDetail['in'], path: readonly PropertyKey[]): string {
  if (place !== 'body') return path.map(String).join('.');
  const parts = path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...parts.map((part) => encodeURIComponent(part.toWellFormed()))].join('/');
}
