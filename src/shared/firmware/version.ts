/**
 * Firmware versions.
 *
 * Two rules meet here. What the back end *admits* is strict: dotted integers, because the DevKit's
 * parser skips every non-digit character and would read `1.0.1-rc2` as `1.0.12`. How versions are
 * *compared* is the device's own rule, because the device alone decides whether it updates.
 */

/** One to four dotted integers of at most nine digits, so that no component leaves the device's 32-bit int. */
const ADMITTED = /^\d{1,9}(?:\.\d{1,9}){0,3}$/;

/** A run of integers with at least one dot between them, inside a longer text. */
const DOTTED_RUN = /(?<![\d.])\d+(?:\.\d+)+/g;

const COMPONENTS = 4;
const COMPONENT_DIGITS = 9;

/** True where `text` is a version that the back end admits. */
export function isVersion(text: string): boolean {
  return ADMITTED.test(text);
}

/**
 * The last run of dotted integers (with at least one dot) in a path: `1.0.1` of `FirmwareOTA-1.0.1.bin` and of
 * `1.0.1/FirmwareOTA.ino.bin`. A run that is no admissible version is returned as it stands, so that
 * the refusal can name it. `undefined` where there is none.
 */
export function versionInPath(path: string): string | undefined {
  return path.match(DOTTED_RUN)?.at(-1);
}

/**
 * One spelling for versions that are equal to the device: no leading zeros, no trailing zero components
 * (`01.0` -> `1`, `0.0` -> `0`). Expects an admitted version.
 */
export function canonicalVersion(version: string): string {
  const parts = version.split('.').map(Number);
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  return parts.join('.');
}

/**
 * Fixed-width text that sorts *descending* by version (the highest version first), for table keys.
 * Expects an admitted version: four components of nine digits, each subtracted from 999999999.
 */
export function descendingVersionKey(version: string): string {
  const parts = version.split('.').map(Number);
  const width = 10 ** COMPONENT_DIGITS - 1;
  return Array.from({ length: COMPONENTS }, (_, i) =>
    String(width - (parts[i] ?? 0)).padStart(COMPONENT_DIGITS, '0'),
  ).join('.');
}

/**
 * The sign of `a - b` as the DevKit computes it (`IoTHubClient_FwVersionCompare`): component by
 * component, a missing one is 0, non-digits inside a component are skipped and the digits joined,
 * arithmetic in 32-bit int. The device updates only where compare(desired, running) is 1.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  const left = a.split('.');
  const right = b.split('.');
  const length = Math.max(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const difference = deviceInteger(left[i] ?? '') - deviceInteger(right[i] ?? '');
    if (difference !== 0) return difference > 0 ? 1 : -1;
  }
  return 0;
}

/** True where the device takes both texts for the same version. */
export function sameVersion(a: string, b: string): boolean {
  return compareVersions(a, b) === 0;
}

function deviceInteger(component: string): number {
  let value = 0;
  for (const character of component) {
    if (character >= '0' && character <= '9') value = (Math.imul(value, 10) + Number(character)) | 0;
  }
  return value;
}
