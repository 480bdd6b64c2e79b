import { describe, expect, test } from 'vitest';
import { endpointOf } from '../../../src/shared/webhooks/endpoint.ts';
import { afterFailure, afterSuccess } from '../../../src/shared/webhooks/endpoint-health.ts';

describe('an endpoint', () => {
  test('is shown without its query and without what may be a token', () => {
    const address = 'https://hooks.example.com/services/T0AAAA/abcdefghijklmnopqrstuvwx?sig=geheim';
    expect(endpointOf(new URL(address)).address).toBe('https://hooks.example.com/services/T0AAAA/abcd…');
  });

  test('has a queue of its own, with a name that a queue can have', () => {
    const one = endpointOf(new URL('https://hooks.example.com/a?sig=1'));
    const two = endpointOf(new URL('https://hooks.example.com/a?sig=2'));
    expect(one.queueName).toMatch(/^webhooks-[0-9a-f]{12}$/);
    expect(two.queueName).not.toBe(one.queueName);
  });
});

describe('the health of an endpoint', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 2, day));

  test('tells since when it fails, whatever else comes, until one succeeds', () => {
    const first = afterFailure({}, 'failed', 'answered 500', at(1));
    const second = afterFailure(first, 'failed', 'no answer', at(2));
    expect(second).toMatchObject({ failingSince: at(1).toISOString(), lastFailure: 'no answer' });
    const well = afterSuccess(second, at(3));
    expect(well).toEqual({
      lastSuccessAt: at(3).toISOString(),
      lastFailureAt: at(2).toISOString(),
      lastFailure: 'no answer',
    });
  });

  test('gives it up when it says so, or after five days without a success', () => {
    expect(afterFailure({}, 'gone', 'answered 410', at(1)).disabled).toBe('gone');
    const failing = afterFailure({}, 'failed', 'answered 500', at(1));
    expect(afterFailure(failing, 'failed', 'answered 500', at(5)).disabled).toBeUndefined();
    const given = afterFailure(failing, 'failed', 'answered 500', at(6));
    expect(given.disabled).toBe('failing');
    expect(afterSuccess(given, at(7)).disabled).toBeUndefined();
  });

  test('stays gone while tests fail', () => {
    const gone = afterFailure({}, 'gone', 'answered 410', at(1));
    expect(afterFailure(gone, 'failed', 'answered 500', at(2)).disabled).toBe('gone');
  });
});
