/** What never happened has this time: .NET's smallest, as the real hub answers. */
export const NEVER = '0001-01-01T00:00:00Z';

/** A time with the seven-digit fraction that IoT Hub writes, e.g. `2020-10-21T14:10:42.4170000Z`. */
export function hubTime(date: Date): string {
  return date.toISOString().replace('Z', '0000Z');
}
