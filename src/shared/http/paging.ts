import { z } from 'zod';

/** `limit` of a list: 1 to 200, 50 if absent. */
export const limit = z.coerce
  .number({ error: 'must be a whole number from 1 to 200' })
  .int('must be a whole number from 1 to 200')
  .min(1, 'must be a whole number from 1 to 200')
  .max(200, 'must be a whole number from 1 to 200')
  .default(50);

/** A list's page as it is served; `nextLink` is a path with query, absent on the last page. */
export interface ServedPage<T> {
  readonly value: readonly T[];
  readonly nextLink?: string;
}

export function servedPage<T>(
  url: string,
  value: readonly T[],
  continuation: string | undefined,
): ServedPage<T> {
  if (continuation === undefined) return { value };
  const next = new URL(url);
  next.searchParams.set('continuation', continuation);
  // A key that came as `?code=` must not travel on in links.
  next.searchParams.delete('code');
  return { value, nextLink: `${next.pathname}${next.search}` };
}
