import { ApiError, UnreachableError } from '../../client/api-error.ts';

/** What a request of the page can fail with. */
export type Problem = ApiError | UnreachableError;

export type ProblemKind =
  /** No answer at all, or none of the app. */
  | 'unreachable'
  /** 401 of the Functions host: no key, or one that does not open this. */
  | 'key-needed'
  /** 401 of the app: nobody is signed in. */
  | 'sign-in-needed'
  | 'forbidden'
  | 'not-found'
  /** 409: its state does not allow it. */
  | 'conflict'
  /** 412: it has moved on since it was seen. */
  | 'changed'
  /** 429, 503: it says itself when to ask again. */
  | 'busy'
  /** Any other 4xx: the request was wrong. */
  | 'refused'
  /** Any other 5xx. */
  | 'failed';

export function isProblem(error: unknown): error is Problem {
  return error instanceof ApiError || error instanceof UnreachableError;
}

export function kindOf(problem: Problem): ProblemKind {
  if (problem instanceof UnreachableError) return 'unreachable';
  const { status, type } = problem;
  switch (status) {
    case 401:
      return type === 'about:blank' ? 'key-needed' : 'sign-in-needed';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 412:
      return 'changed';
    case 429:
    case 503:
      return 'busy';
    default:
      return status >= 500 ? 'failed' : 'refused';
  }
}

/** Without these there is nothing to see, whatever was seen before. */
export function isAboutAccess(kind: ProblemKind): boolean {
  return kind === 'key-needed' || kind === 'sign-in-needed' || kind === 'forbidden';
}

/** It may well work a little later. */
export function isPassing(kind: ProblemKind): boolean {
  return kind === 'unreachable' || kind === 'busy' || kind === 'failed';
}
