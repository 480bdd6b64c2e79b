import { describe, expect, test } from 'vitest';
import { fromRpcResponse } from '../../../local/function-host/http-rpc.ts';

describe('an HTTP result of the worker', () => {
  test('nothing is 204', () => {
    expect(fromRpcResponse(undefined)).toMatchObject({ status: 204, headers: {} });
  });

  test('every attribute of a cookie is written', () => {
    const cookie = {
      name: 'id',
      value: 'ü;',
      domain: { value: 'example.org' },
      path: { value: '/' },
      expires: { value: { seconds: 1_772_359_200 } },
      secure: { value: true },
      httpOnly: { value: true },
      sameSite: 'explicitNone',
      maxAge: { value: 0 },
    } as const;
    const { headers } = fromRpcResponse({
      http: { statusCode: '200', cookies: [cookie, { name: 'plain', value: 'x' }] },
    });
    expect(headers['set-cookie']).toEqual([
      'id=%C3%BC%3B; Max-Age=0; Domain=example.org; Path=/; Expires=Sun, 01 Mar 2026 10:00:00 GMT; HttpOnly; Secure; SameSite=None',
      'plain=x',
    ]);
  });

  test('a body may be bytes, text or JSON', () => {
    const body = (data: object): string =>
      Buffer.from(fromRpcResponse({ http: { body: data } }).body).toString();
    expect([body({ bytes: Buffer.from('b') }), body({ string: 's' }), body({ json: '{}' })]).toEqual([
      'b',
      's',
      '{}',
    ]);
  });
});
