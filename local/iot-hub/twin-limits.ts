import { HubError } from './hub-error.ts';
import type { HubLimits } from './limits.ts';
import type { JsonObject, JsonValue } from './merge-patch.ts';
import { isObject } from './merge-patch.ts';

/** Integers beyond this range lose their value on the way: 52 bits, documented for twins. */
const MIN_INTEGER = -4_503_599_627_370_496;
const MAX_INTEGER = 4_503_599_627_370_495;

/** No control characters, no `.`, `$`, `#` and no space in a key. */
// eslint-disable-next-line no-control-regex -- control characters are what it must find
const FORBIDDEN_IN_KEY = /[\u0000-\u001f\u007f-\u009f.$# ]/;

/**
 * Refuses a patch whose keys, values or depth twins cannot hold.
 * @throws {HubError} ArgumentInvalid, naming the path.
 */
export function checkTwinPatch(section: string, patch: JsonObject, limits: HubLimits): void {
  checkMembers(patch, section, 1, limits);
}

/** @throws {HubError} ArgumentInvalid where the section as a whole has grown past its limit. */
export function checkTwinSize(section: string, values: JsonObject, limit: number): void {
  const size = twinSize(values);
  if (size > limit) {
    throw new HubError('ArgumentInvalid', `${section} would have ${size} bytes, the limit is ${limit}`);
  }
}

/** The size as IoT Hub counts it: keys and strings by bytes, numbers 8, booleans 4, no metadata. */
export function twinSize(value: JsonValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return 8;
  if (typeof value === 'boolean') return 4;
  if (value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + twinSize(item), 0);
  return Object.entries(value).reduce((sum, [key, item]) => sum + Buffer.byteLength(key) + twinSize(item), 0);
}

function checkMembers(members: JsonObject, path: string, depth: number, limits: HubLimits): void {
  if (depth > limits.depth) refuse(path, `is nested deeper than ${limits.depth} levels`);
  for (const [key, value] of Object.entries(members)) {
    const at = `${path}.${key}`;
    if (key === '' || FORBIDDEN_IN_KEY.test(key)) {
      refuse(at, 'has a key that is empty or holds a control character, dot, dollar, number sign or space');
    }
    if (Buffer.byteLength(key) > limits.keyBytes) refuse(path, `has a key over ${limits.keyBytes} bytes`);
    checkValue(value, at, depth, limits);
  }
}

function checkValue(value: JsonValue, path: string, depth: number, limits: HubLimits): void {
  if (isObject(value)) checkMembers(value, path, depth + 1, limits);
  else if (Array.isArray(value)) {
    if (depth + 1 > limits.depth) refuse(path, `is nested deeper than ${limits.depth} levels`);
    for (const item of value) checkValue(item, path, depth + 1, limits);
  } else if (typeof value === 'string' && Buffer.byteLength(value) > limits.valueBytes) {
    refuse(path, `is longer than ${limits.valueBytes} bytes`);
  } else if (Number.isInteger(value) && (Number(value) < MIN_INTEGER || Number(value) > MAX_INTEGER)) {
    refuse(path, 'is an integer outside 52 bits');
  }
}

function refuse(path: string, reason: string): never {
  throw new HubError('ArgumentInvalid', `${path} ${reason}`);
}
