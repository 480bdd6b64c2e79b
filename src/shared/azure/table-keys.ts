/**
 * Keys of Table Storage. A key may not hold `/ \ # ?` or control characters, and `%` and `'` are trouble in
 * URLs and filters; device ids may hold most of them. `~` and `|` are in no device id, so `~` escapes and `|`
 * separates.
 */

const PLAIN = /^[A-Za-z0-9._-]*$/;
const UNSAFE = /[^A-Za-z0-9._-]/gu;
const ESCAPED = /(?:~[0-9a-f]{2})+/g;

/**
 * Any well-formed text as one part of a key, reversibly: letters, digits, `.`, `_` and `-` stand for
 * themselves, every other character becomes `~` and two hex digits for each byte of its UTF-8.
 */
export function encodeKeyPart(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(UNSAFE, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `~${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

/** The text that `encodeKeyPart` made this of. */
export function decodeKeyPart(part: string): string {
  return part.replaceAll(ESCAPED, (bytes) => Buffer.from(bytes.replaceAll('~', ''), 'hex').toString('utf8'));
}

/**
 * The filter for the rows of a partition whose key begins with `prefix`, which ends with `|`; only those
 * behind the key `after`, where that is given. No row has the bare prefix as its key.
 */
export function prefixFilter(partitionKey: string, prefix: string, after: string = prefix): string {
  const end = `${prefix.slice(0, -1)}}`;
  return `PartitionKey eq ${quoted(partitionKey)} and RowKey gt ${quoted(after)} and RowKey lt ${quoted(end)}`;
}

/** Keys ascend, so the newest come first by counting down from here (milliseconds, year 5138). */
const END_OF_TIME = 99_999_999_999_999;

/** The part of a key that sorts by time, the newest first: 14 digits. `at` is RFC 3339. */
export function newestFirst(at: string): string {
  return String(END_OF_TIME - Date.parse(at)).padStart(14, '0');
}

/** The text as an OData string literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
