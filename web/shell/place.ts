/** Where the page is: what stands after `#` in its address. */
export interface Place {
  /** Begins with `/`; still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const text = hash.replace(/^#/, '');
  const end = text.indexOf('?');
  const path = end === -1 ? text : text.slice(0, end);
  return {
    path: path.startsWith('/') ? path : `/${path}`,
    query: new URLSearchParams(end === -1 ? '' : text.slice(end + 1)),
  };
}

/** The parameters of a pattern as `/rollouts/{id}`, decoded; `undefined` where the path is another one. */
export function paramsOf(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const asked = segmentsOf(path);
  const expected = segmentsOf(pattern);
  if (asked.length !== expected.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of expected.entries()) {
    const text = decoded(asked[i] ?? '');
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (text === undefined || (name === undefined && text !== segment)) return undefined;
    if (name !== undefined) params[name] = text;
  }
  return params;
}

/** A link within the page. Segments are encoded here; members of the query that are empty are left out. */
export function linkTo(
  segments: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(given).toString();
  return `#/${segments.map(encodeURIComponent).join('/')}${search && `?${search}`}`;
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter(Boolean);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
