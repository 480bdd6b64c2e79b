import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../client/api-error.ts';
import { explained } from '../../../cli/failure.ts';

const problem = (status: number, headers = {}, document = {}) =>
  explained(new ApiError(status, new Headers(headers), document));

describe('a failure ends with a code that scripts know, and with what to do', () => {
  test.each([
    [401, 4, 'OTA_KEY'],
    [403, 4, 'Reading and steering are different rights'],
    [412, 6, 'Look at it again'],
    [503, 3, 'Try again in 10 s.'],
  ])('HTTP %i: exit code %i', (status, exit, next) => {
    expect(problem(status)).toMatchObject({ exit });
    expect(problem(status)?.next.join('\n')).toContain(next);
  });

  test('each place of a wrong request is named', () => {
    const errors = [{ in: 'body', pointer: '#/reason', detail: 'must not be empty' }] as const;
    expect(problem(400, {}, { detail: 'The body is not right.', errors })).toMatchObject({
      exit: 2,
      message: 'The body is not right.',
      next: ['#/reason must not be empty'],
    });
  });

  test('a failure of the app comes with what finds it in the log', () => {
    expect(problem(500, { 'x-correlation-id': 'abc' })).toMatchObject({
      exit: 3,
      next: ['In the log of the app: abc'],
    });
    expect(problem(429, { 'retry-after': '7' })?.next).toEqual(['Try again in 7 s.']);
  });

  test('a fault of the program is none of these', () => {
    expect(explained(new TypeError('x'))).toBeUndefined();
  });
});
