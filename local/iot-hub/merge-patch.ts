import { isDeepStrictEqual } from 'node:util';

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** True for a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON merge patch (RFC 7396) as device twins do it: objects merge, null removes, everything else, arrays
 * too, replaces. The inputs stay as they are.
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isObject(value)) setOwn(result, key, mergePatch(objectAt(result, key), value));
    else setOwn(result, key, value);
  }
  return result;
}

/** The smallest merge patch that turns `before` into `after`; neither holds nulls. */
export function diffPatch(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) setOwn(patch, key, null);
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (isDeepStrictEqual(old, value)) continue;
    setOwn(patch, key, isObject(old) && isObject(value) ? diffPatch(old, value) : value);
  }
  return patch;
}

/** What lies at `path`; undefined where nothing does. */
export function valueAt(root: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A copy of `root` with `value` at `path` in place of whatever was there; undefined removes it. */
export function withValueAt(
  root: JsonObject,
  path: readonly string[],
  value: JsonValue | undefined,
): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return isObject(value) ? value : {};
  if (value === undefined && valueAt(root, path) === undefined) return root;
  const result: JsonObject = { ...root };
  const next = rest.length === 0 ? value : withValueAt(objectAt(result, key), rest, value);
  if (next === undefined) delete result[key];
  else setOwn(result, key, next);
  return result;
}

/** The value without the members that are null, at any depth. */
export function withoutNulls(value: JsonValue): JsonValue {
  return isObject(value) ? mergePatch({}, value) : value;
}

/** The object that is the own member `key`, or an empty one. */
function objectAt(root: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(root, key) ? root[key] : undefined;
  return isObject(value) ? value : {};
}

/** Sets an own member: a plain assignment to `__proto__` would set the prototype instead. */
function setOwn(target: JsonObject, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
