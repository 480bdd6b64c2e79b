import * as z from 'zod';

/** Every kind of problem that the API answers with. Clients may rely on the codes: they never change. */
export const problems = {
  'bad-request': { status: 400, title: 'The request is not right' },
  unauthenticated: { status: 401, title: 'Nobody is signed in' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'The resource has no such method' },
  conflict: { status: 409, title: 'The resource is in a state that does not allow this' },
  'precondition-failed': { status: 412, title: 'The resource is not in the state that the caller has seen' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not of a type that is understood' },
  throttled: { status: 429, title: 'There are too many requests' },
  internal: { status: 500, title: 'The request failed' },
  unavailable: { status: 503, title: 'A service behind this one does not answer' },
} as const;
export type ProblemCode = keyof typeof problems;

const problemDetail = z.object({
  in: z.enum(['path', 'query', 'header', 'body']),
  pointer: z.string().meta({
    description: "A parameter's name; in a body a JSON Pointer as a URI fragment (RFC 6901), `#/reason`.",
  }),
  detail: z.string(),
});
/** What is wrong in one place of the request. */
export type ProblemDetail = Readonly<z.infer<typeof problemDetail>>;

/** A problem as it is served (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Stable: `urn:firmware-ota:problem:<code>`.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'For people.' }),
    instance: z.string().meta({ description: 'The path of the request.' }),
    correlationId: z.string().meta({ description: 'Finds the request in the log.' }),
    errors: z.array(problemDetail).optional().meta({ description: 'What is wrong, place by place.' }),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457).' });
export type ProblemDocument = z.infer<typeof problemSchema>;

/** What a problem may carry beside its code and its words. */
export interface ProblemExtras {
  readonly errors?: readonly ProblemDetail[];
  /** Headers of the answer, as `allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown by a handler; becomes a problem document (RFC 9457). */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { errors = [], headers = {}, cause }: ProblemExtras = {}) {
    super(detail, { cause });
    this.name = 'ProblemError';
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }
}

export function problemType(code: ProblemCode): string {
  return `urn:firmware-ota:problem:${code}`;
}

export function problemDocument(
  { code, message, errors }: ProblemError,
  instance: string,
  correlationId: string,
): ProblemDocument {
  return {
    type: problemType(code),
    title: problems[code].title,
    status: problems[code].status,
    detail: message,
    instance,
    correlationId,
    ...(errors.length > 0 && { errors: [...errors] }),
  };
}
