import * as z from 'zod';

const LARGEST_PAGE = 200;

/** `limit` of a list: 1 to 200, 50 if absent. */
export const limit = wholeNumber(1, LARGEST_PAGE)
  .default(50)
  .meta({ description: 'How many entries a page holds at most.', examples: [50] });

/** Where a list goes on: opaque to callers, and good only for the list that gave it. */
export const continuation = z
  .string()
  .min(1, 'is not a continuation that this list gave')
  .max(4096, 'is not a continuation that this list gave')
  .optional()
  .meta({ description: 'From the `nextLink` of the page before; good only for the same list and filters.' });

export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
}

/** The schema of a page. `id` names it in the OpenAPI document. */
export function pageOf<Item extends z.ZodType>(id: string, item: Item) {
  return z
    .object({
      value: z.array(item).meta({ description: 'A page may be short, even empty, and still go on.' }),
      nextLink: z
        .string()
        .optional()
        .meta({ description: 'Path and query of the next page; absent on the last one.' }),
    })
    .meta({ id });
}

/** A page as a result: `nextLink` in the body and as `Link` header (RFC 8288). */
export function pageResult<Item>(url: string, value: readonly Item[], next: string | undefined) {
  if (next === undefined) return { body: { value } };
  const nextLink = nextLinkOf(url, next);
  return { body: { value, nextLink }, headers: linkHeader(nextLink) };
}

export function linkHeader(nextLink: string) {
  return { link: `<${nextLink}>; rel="next"` };
}

/** Path and query of the request with another continuation. */
export function nextLinkOf(url: string, next: string): string {
  const target = new URL(url);
  target.searchParams.set('continuation', next);
  return `${target.pathname}${target.search}`;
}
