const UNSIGNED_LONG_MAX = 0xffffffff;

/** Leading space as `isspace` has it, a sign, an optional `0x`, then the digits; what follows is not looked at. */
const LEADING_NUMBER = /^[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[\da-fA-F]))?([\da-fA-F]*)/;

/**
 * What the device's `strtoul(text, NULL, 16)` makes of a desired `fwPackageCheckValue`, on its 32-bit
 * `unsigned long`. No digits at all read as 0; a value that does not fit reads as 0xffffffff; a minus
 * sign negates modulo 2^32. Only results up to 0xffff can ever equal a CRC-16.
 */
export function parseCheckValue(text: string): number {
  const [, sign = '', digits = ''] = LEADING_NUMBER.exec(text) ?? [];
  const value = Number.parseInt(digits || '0', 16);
  if (value > UNSIGNED_LONG_MAX) return UNSIGNED_LONG_MAX;
  return sign === '-' ? -value >>> 0 : value;
}
