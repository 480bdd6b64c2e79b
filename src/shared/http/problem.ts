import type { HttpResponseInit } from '@azure/functions';

/** Problem types are stable: clients may rely on them. */
export type ProblemType = 'bad-request' | 'not-found' | 'unavailable' | 'internal';

const problems: Readonly<Record<ProblemType, { readonly status: number; readonly title: string }>> = {
  'bad-request': { status: 400, title: 'The request is not right' },
  'not-found': { status: 404, title: 'There is no such thing' },
  unavailable: { status: 503, title: 'A service behind this one does not answer' },
  internal: { status: 500, title: 'The request failed' },
};

/** What is wrong in one place of the request; `pointer` is a query parameter's or a path segment's name. */
export interface ProblemDetail {
  readonly pointer: string;
  readonly detail: string;
}

/** Thrown by a handler; becomes a problem document (RFC 9457). */
export class ProblemError extends Error {
  readonly code: ProblemType;
  readonly errors: readonly ProblemDetail[];
  constructor(type: ProblemType, detail: string, errors: readonly ProblemDetail[] = []) {
    super(detail);
    this.name = 'ProblemError';
    this.code = type;
    this.errors = errors;
  }
}

const RETRY_AFTER_SECONDS = '5';

export function problemResponse(problem: ProblemError, instance: string): HttpResponseInit {
  const { status, title } = problems[problem.code];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
    },
    body: JSON.stringify({
      type: `urn:firmware-ota:problem:${problem.code}`,
      title,
      status,
      detail: problem.message,
      instance,
      ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
    }),
  };
}
