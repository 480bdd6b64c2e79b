/** One segment of a route template: `devices`, `{id}`, `{id?}`, `{id:int}`, `{id:maxlength(5)}`, `{*rest}`. */
type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly optional: boolean;
      readonly constraint: RegExp | undefined;
    }
  | { readonly kind: 'rest'; readonly name: string };

export interface Route<T> {
  readonly methods: readonly string[];
  readonly target: T;
  readonly segments: readonly Segment[];
}

export interface RouteMatch<T> {
  readonly target: T;
  readonly params: Record<string, string>;
}

/** A route template that the local host cannot match. */
export class RouteTemplateError extends Error {
  readonly code = 'ROUTE_TEMPLATE_INVALID';
  constructor(template: string, reason: string) {
    super(`The route "${template}" ${reason}.`);
    this.name = 'RouteTemplateError';
  }
}

/** The constraints of ASP.NET routing that are plain texts; of the parametrised ones there is `maxlength`. */
const CONSTRAINTS: Readonly<Record<string, RegExp>> = {
  int: /^-?\d+$/,
  long: /^-?\d+$/,
  alpha: /^[a-z]+$/i,
  bool: /^(?:true|false)$/i,
  guid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
};

/** Reads a template such as `api/rollouts/{id}/devices/{*rest}`. Throws a RouteTemplateError. */
export function parseRoute<T>(template: string, methods: readonly string[], target: T): Route<T> {
  const segments = template
    .split('/')
    .filter((part) => part !== '')
    .map((part) => parseSegment(part, template));
  const rest = segments.findIndex((segment) => segment.kind === 'rest');
  if (rest !== -1 && rest !== segments.length - 1)
    throw new RouteTemplateError(template, 'continues after {*…}');
  return { methods, target, segments };
}

/**
 * The most specific route that fits path and method: segment by segment a literal beats a constrained
 * parameter, that a free one, that a catch-all. `undefined` where there is none, also where only the
 * method differs: Azure answers 404 then, not 405. `path` is still percent-encoded.
 */
export function matchRoute<T>(
  routes: readonly Route<T>[],
  method: string,
  path: string,
): RouteMatch<T> | undefined {
  const parts = decodedParts(path);
  if (parts === undefined) return undefined;
  let best: { route: Route<T>; params: Record<string, string> } | undefined;
  for (const route of routes) {
    const params = route.methods.includes(method) ? matchSegments(route.segments, parts) : undefined;
    if (params === undefined) continue;
    if (best === undefined || compareSpecificity(route, best.route) < 0) best = { route, params };
  }
  return best && { target: best.route.target, params: best.params };
}

function parseSegment(part: string, template: string): Segment {
  if (!part.includes('{') && !part.includes('}')) return { kind: 'literal', text: part.toLowerCase() };
  const rest = /^\{\*{1,2}(\w+)\}$/.exec(part);
  if (rest?.[1] !== undefined) return { kind: 'rest', name: rest[1] };
  const parameter = /^\{(\w+)(?::(\w+(?:\(\d+\))?))?(\?)?\}$/.exec(part);
  if (parameter?.[1] === undefined)
    throw new RouteTemplateError(template, `has a part that is not supported: ${part}`);
  const constraint = parameter[2] === undefined ? undefined : constraintNamed(parameter[2]);
  if (parameter[2] !== undefined && constraint === undefined) {
    throw new RouteTemplateError(template, `has a constraint that is not supported: ${parameter[2]}`);
  }
  return { kind: 'parameter', name: parameter[1], optional: parameter[3] === '?', constraint };
}

/** `undefined` where it is not supported. */
function constraintNamed(text: string): RegExp | undefined {
  const longest = /^maxlength\((\d+)\)$/.exec(text)?.[1];
  return longest === undefined ? CONSTRAINTS[text] : new RegExp(`^.{0,${longest}}$`, 's');
}

/** `undefined` where the path is no valid percent-encoding. */
function decodedParts(path: string): string[] | undefined {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    switch (segment.kind) {
      case 'rest':
        params[segment.name] = parts.slice(index).join('/');
        return params;
      case 'literal':
        if (part?.toLowerCase() !== segment.text) return undefined;
        break;
      case 'parameter':
        if (part === undefined ? !segment.optional : segment.constraint?.test(part) === false)
          return undefined;
        if (part !== undefined) params[segment.name] = part;
        break;
    }
  }
  return parts.length > segments.length ? undefined : params;
}

/** Negative where `a` is more specific. */
function compareSpecificity(a: Route<unknown>, b: Route<unknown>): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(a.segments[i]) - rank(b.segments[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rank(segment: Segment | undefined): number {
  if (segment === undefined) return 0;
  switch (segment.kind) {
    case 'literal':
      return 1;
    case 'parameter':
      return segment.constraint === undefined ? 3 : 2;
    case 'rest':
      return 4;
  }
}
