import { describe, expect, test } from 'vitest';
import { type ApiAuth, authorize } from '../../../src/shared/http/caller.ts';
import type { Right } from '../../../src/shared/http/operation.ts';
import { ProblemError } from '../../../src/shared/http/problem.ts';

const ROLE_TYPE = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';
const NAME_TYPE = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress';

/** The header as App Service makes it. */
function principal(
  roles: string[],
  claims: Record<string, string> = { preferred_username: 'ada@example.com' },
) {
  const all = [
    ...roles.map((val) => ({ typ: ROLE_TYPE, val })),
    ...Object.entries(claims).map(([typ, val]) => ({ typ, val })),
  ];
  const value = { auth_typ: 'aad', name_typ: NAME_TYPE, role_typ: ROLE_TYPE, claims: all };
  return { 'x-ms-client-principal': Buffer.from(JSON.stringify(value)).toString('base64') };
}

/** The caller's name, or the problem's code. */
function outcome(headers: Record<string, string>, right: Right, auth: ApiAuth): string {
  try {
    return authorize(new Headers(headers), right, auth).name;
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}

describe('with function keys', () => {
  test('the host has asked for the key, and a principal in the header is not believed', () => {
    expect(outcome({}, 'read', 'keys')).toBe('function key');
    expect(outcome(principal(['Ota.Write']), 'write', 'keys')).toBe('function key');
  });
});

describe('with Entra ID', () => {
  test.each<[string[], Right, string]>([
    [['Ota.Read'], 'read', 'ada@example.com'],
    [['Ota.Write'], 'write', 'ada@example.com'],
    [['Ota.Read', 'Ota.Write'], 'write', 'ada@example.com'],
    [['Ota.Read'], 'write', 'forbidden'],
    [['Ota.Write'], 'read', 'forbidden'],
    [['ota.read'], 'read', 'forbidden'],
    [[], 'read', 'forbidden'],
  ])('a principal with the roles %s may %s: %s', (roles, right, expected) => {
    expect(outcome(principal(roles), right, 'entra')).toBe(expected);
  });

  test.each([
    '',
    'no base64 !',
    Buffer.from('no json').toString('base64'),
    Buffer.from('{}').toString('base64'),
  ])('nobody is signed in where the header is "%s"', (value) => {
    expect(outcome({ 'x-ms-client-principal': value }, 'read', 'entra')).toBe('unauthenticated');
  });

  test('what is public asks for nobody', () => {
    expect(outcome({}, 'public', 'entra')).toBe('anonymous');
  });

  test('people are called by name, and programs by their id', () => {
    const named = (claims: Record<string, string>) =>
      outcome(principal(['Ota.Read'], claims), 'read', 'entra');
    expect(named({ [NAME_TYPE]: 'ada@example.org', name: 'Ada' })).toBe('ada@example.org');
    expect(named({ appid: '00000000-0000-0000-0000-000000000001' })).toMatch(/^0+-.*1$/);
    expect(named({})).toBe('unnamed principal');
    expect(named({ name: 'x'.repeat(1000) })).toHaveLength(256);
  });

  test.each([
    ['cross-site', 'forbidden'],
    ['same-site', 'forbidden'],
    ['same-origin', 'ada@example.com'],
    ['none', 'ada@example.com'],
  ])('a page that is %s may steer: %s', (site, expected) => {
    const headers = { ...principal(['Ota.Write', 'Ota.Read']), 'sec-fetch-site': site };
    expect(outcome(headers, 'write', 'entra')).toBe(expected);
    expect(outcome(headers, 'read', 'entra')).toBe('ada@example.com');
  });
});
