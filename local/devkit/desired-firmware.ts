/** The four members of `desired.firmware` after the device's lenient reading of them. */
export interface DesiredFirmware {
  version: string;
  uri: string;
  checkValue: string;
  size: number;
}

/**
 * What a text member that is missing or not text reads as: the device copies from address 0, where the
 * start of its boot flash (50 D6 00) shows as this two-character text.
 */
const TEXT_AT_ADDRESS_ZERO = 'P\u00d6';

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/**
 * Reads a desired section: the full one after a connect and a patch look alike here. `undefined` where it
 * has no `firmware` object, on which the device keeps what it knows. Types are strict: a size that is not
 * a number is 0.
 */
export function readDesiredFirmware(desired: unknown): DesiredFirmware | undefined {
  const firmware = isObject(desired) ? desired['firmware'] : undefined;
  if (!isObject(firmware)) return undefined;
  return {
    version: text(firmware['fwVersion']),
    uri: text(firmware['fwPackageURI']),
    checkValue: text(firmware['fwPackageCheckValue']),
    size: int(firmware['fwSize']),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : TEXT_AT_ADDRESS_ZERO;
}

/** The cast of the parsed double to the device's `int`, which saturates on its processor. */
function int(value: unknown): number {
  if (typeof value !== 'number') return 0;
  return Math.min(INT_MAX, Math.max(INT_MIN, Math.trunc(value)));
}
