import { createHash } from 'node:crypto';

/** A strong entity tag: the same for the same bytes, on every instance (RFC 9110, 8.8.3). */
export function entityTag(bytes: string | Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
}

/** Whether `If-None-Match` names the tag. It compares weakly (RFC 9110, 13.1.2): proxies may have put `W/` before it. */
export function isNamedBy(ifNoneMatch: string | null, tag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch
    .split(',')
    .map((name) => name.trim().replace(/^W\//, ''))
    .some((name) => name === '*' || name === tag);
}
