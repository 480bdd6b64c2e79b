import * as z from 'zod';
import type { Right } from './operation.ts';
import { ProblemError } from './problem.ts';

/**
 * Who may call.
 *
 * `keys`: the Functions host asks for a function key and answers 401 itself. Every operation is a
 * function of its own and a key may belong to one function, so that reading and steering are handed out
 * apart: give readers the keys of reading functions, never a host key, which opens everything.
 *
 * `entra`: App Service authentication stands before the app and tells who the caller is; the app asks
 * for the role `Ota.Read` or `Ota.Write`. Neither includes the other.
 */
export type ApiAuth = 'keys' | 'entra';

/** Who sent the request, for logs and the audit trail. */
export interface Caller {
  readonly name: string;
}

/** Set by App Service authentication; anybody can send it where that is off. */
const PRINCIPAL_HEADER = 'x-ms-client-principal';
const LONGEST_NAME = 256;

/**
 * The caller, if it has the right. Throws a ProblemError (`unauthenticated`, `forbidden`). With `keys`
 * the principal header is not looked at: it is forgeable then.
 */
export function authorize(headers: Pick<Headers, 'get'>, right: Right, auth: ApiAuth): Caller {
  if (auth === 'keys') return { name: right === 'public' ? 'anonymous' : 'function key' };
  if (right === 'public') return { name: 'anonymous' };
  const principal = principalOf(headers.get(PRINCIPAL_HEADER));
  if (!principal) {
    throw new ProblemError('unauthenticated', 'Sign in, or send an access token of this app.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const role = roleFor(right);
  if (!principal.roles.includes(role)) {
    throw new ProblemError('forbidden', `This needs the app role ${role}.`);
  }
  if (right === 'write') refuseOtherSites(headers);
  return { name: principal.name };
}

/**
 * A session cookie travels with requests that another site makes a browser send; browsers say so in this
 * header. A program sends none.
 */
function refuseOtherSites(headers: Pick<Headers, 'get'>): void {
  const site = headers.get('sec-fetch-site') ?? 'none';
  if (site !== 'same-origin' && site !== 'none') {
    throw new ProblemError('forbidden', 'A page of another site may not steer rollouts.');
  }
}

function roleFor(right: 'read' | 'write'): string {
  return right === 'read' ? 'Ota.Read' : 'Ota.Write';
}

interface Principal {
  readonly name: string;
  readonly roles: readonly string[];
}

/** The client principal of App Service: claims, and which claim types hold names and roles. */
const principalSchema = z.object({
  name_typ: z.string().nullish(),
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});
const ROLE_CLAIMS = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
/** People first, then programs: a token of an app carries no name, only its id. */
const NAME_CLAIMS = [
  'preferred_username',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
  'name',
  'azp',
  'appid',
];

function principalOf(header: string | null): Principal | undefined {
  const parsed = principalSchema.safeParse(header === null ? undefined : decoded(header));
  if (!parsed.success) return undefined;
  const { claims, name_typ: nameType, role_typ: roleType } = parsed.data;
  const valueOf = (type: string) => claims.find(({ typ }) => typ === type)?.val;
  const nameTypes = nameType ? [nameType, ...NAME_CLAIMS] : NAME_CLAIMS;
  const roleTypes = roleType ? [roleType, ...ROLE_CLAIMS] : ROLE_CLAIMS;
  return {
    name: (nameTypes.map(valueOf).find(Boolean) ?? 'unnamed principal').slice(0, LONGEST_NAME),
    roles: claims.filter(({ typ }) => roleTypes.includes(typ)).map(({ val }) => val),
  };
}

function decoded(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}
