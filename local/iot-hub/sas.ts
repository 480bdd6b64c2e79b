import { createHmac, timingSafeEqual } from 'node:crypto';

/** The parts of a shared access signature. `resource` is the text that was signed, exactly as it was sent. */
export interface SasToken {
  resource: string;
  signature: string;
  /** Seconds since 1970. */
  expiry: string;
  /** The shared access policy; device tokens have none. */
  policy: string | undefined;
}

export type SasVerdict =
  | { ok: true; expiresAt: Date }
  | { ok: false; reason: 'malformed' | 'expired' | 'wrong audience' | 'wrong signature' };

/** What a token must be: signed with one of the keys (base64), for this resource (decoded). */
export interface SasExpectation {
  keys: readonly string[];
  /** `host` for the service, `host/devices/id` for a device; the host's case does not matter. */
  audience: string;
}

/** Takes a `SharedAccessSignature sr=…&sig=…&se=…[&skn=…]` apart; undefined where it is none. */
export function parseSas(token: string): SasToken | undefined {
  const [, query] = /^SharedAccessSignature\s+(\S+)$/.exec(token.trim()) ?? [];
  if (query === undefined) return undefined;
  const fields = new Map(query.split('&').map((field) => splitField(field)));
  const resource = fields.get('sr');
  const signature = decoded(fields.get('sig'));
  const expiry = fields.get('se');
  if (resource === undefined || signature === undefined || !/^\d{1,12}$/.test(expiry ?? '')) return undefined;
  return { resource, signature, expiry: expiry ?? '', policy: decoded(fields.get('skn')) };
}

/** Verifies a token as received. Signatures are compared in constant time. */
export function verifySas(token: string, expected: SasExpectation, now: Date): SasVerdict {
  const sas = parseSas(token);
  const audience = decoded(sas?.resource);
  if (!sas || audience === undefined) return { ok: false, reason: 'malformed' };
  if (withLowerCaseHost(audience) !== withLowerCaseHost(expected.audience)) {
    return { ok: false, reason: 'wrong audience' };
  }
  if (!expected.keys.some((key) => sameSignature(sas, key))) return { ok: false, reason: 'wrong signature' };
  const expiresAt = new Date(Number(sas.expiry) * 1000);
  return expiresAt > now ? { ok: true, expiresAt } : { ok: false, reason: 'expired' };
}

/** Makes a token for `resource` (decoded) that a hub with this key (base64) accepts until `expiresAt`. */
export function createSas(resource: string, key: string, expiresAt: Date, policy?: string): string {
  const sr = encodeURIComponent(resource);
  const se = String(Math.floor(expiresAt.getTime() / 1000));
  const sig = encodeURIComponent(sign(sr, se, key));
  const skn = policy === undefined ? '' : `&skn=${encodeURIComponent(policy)}`;
  return `SharedAccessSignature sr=${sr}&sig=${sig}&se=${se}${skn}`;
}

/** The signature covers the resource as it stands in the token: Node's service SDK does not url-encode it. */
function sign(resource: string, expiry: string, key: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(`${resource}\n${expiry}`).digest('base64');
}

function sameSignature(sas: SasToken, key: string): boolean {
  // Compared as text: base64 has several spellings for the same bytes, and only one is the signature.
  const expected = Buffer.from(sign(sas.resource, sas.expiry, key));
  const actual = Buffer.from(sas.signature);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function splitField(field: string): [name: string, value: string] {
  const at = field.indexOf('=');
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // not url-encoded text: the caller treats it as missing
  }
}

function withLowerCaseHost(resource: string): string {
  const slash = resource.indexOf('/');
  return slash < 0 ? resource.toLowerCase() : resource.slice(0, slash).toLowerCase() + resource.slice(slash);
}
