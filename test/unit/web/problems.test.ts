import { describe, expect, test } from 'vitest';
import { ApiError, UnreachableError } from '../../../client/api-error.ts';
import {
  ProblemError,
  problemDocument,
  problems,
  type ProblemCode,
} from '../../../src/shared/http/problem.ts';
import { kindOf, type Problem } from '../../../web/live/problem-kind.ts';
import { connectionOf } from '../../../web/shell/connection.ts';
import { refusedInWords } from '../../../web/words/steering-refused.ts';

const gone = new UnreachableError('http://app', 'The app does not answer.');

/** A problem as the app serves it. */
const served = (code: ProblemCode) =>
  new ApiError(
    problems[code].status,
    new Headers(),
    problemDocument(new ProblemError(code, `In words: ${code}.`), '/api/things', 'id-00001'),
  );

describe('a problem', () => {
  test.each<[ProblemCode, string]>([
    ['unauthenticated', 'sign-in-needed'],
    ['forbidden', 'forbidden'],
    ['not-found', 'not-found'],
    ['conflict', 'conflict'],
    ['precondition-failed', 'changed'],
    ['throttled', 'busy'],
    ['unavailable', 'busy'],
    ['internal', 'failed'],
    ['bad-request', 'refused'],
  ])('%s of the app is %s', (code, kind) => {
    expect(kindOf(served(code))).toBe(kind);
  });

  test('a bare 401 is the host that asks for a key', () => {
    expect(kindOf(new ApiError(401, new Headers()))).toBe('key-needed');
  });

  test('tells who steers whether anything was done, and what to do', () => {
    expect(refusedInWords(served('precondition-failed'), 'Stop')).toMatch(/nothing was done.*decide again/);
    expect(refusedInWords(new ApiError(401, new Headers()), 'Stop')).toMatch(
      /does not open “Stop”: nothing was done/,
    );
    expect(refusedInWords(served('conflict'), 'Stop')).toBe('In words: conflict.');
    const wrong = new ProblemError('bad-request', 'The body is not right.', {
      errors: [{ in: 'body', pointer: '#/version', detail: 'is needed' }],
    });
    const document = problemDocument(wrong, '/api/things', 'id-00001');
    expect(refusedInWords(new ApiError(400, new Headers(), document), 'Go back')).toBe(
      'The body is not right. “version” is needed.',
    );
    expect(refusedInWords(gone, 'Stop')).toMatch(/may have done it/);
  });
});

describe('the connection', () => {
  const good = (confirmedAt: number) => ({ data: 1, problem: undefined, confirmedAt, nextAt: undefined });
  const bad = (problem: Problem, nextAt: number, confirmedAt?: number) => ({
    data: undefined,
    problem,
    confirmedAt,
    nextAt,
  });

  test('is as fresh as the oldest thing on the page', () => {
    expect(connectionOf([good(3000), good(1000)])).toEqual({ kind: 'live', confirmedAt: 1000 });
    expect(connectionOf([])).toEqual({ kind: 'idle' });
  });

  test('is lost when any of it could not be had, and says when it is tried again', () => {
    expect(connectionOf([good(3000), bad(gone, 9000, 1000), bad(gone, 8000)])).toEqual({
      kind: 'lost',
      reason: 'The app does not answer.',
      confirmedAt: 1000,
      nextAt: 8000,
    });
  });

  test('is not lost where the app answers that there is nothing, or asks for a key', () => {
    const refusals = [served('not-found'), served('forbidden'), new ApiError(401, new Headers())];
    for (const problem of refusals) {
      expect(connectionOf([good(3000), bad(problem, 9000)]).kind).toBe('live');
    }
  });
});
