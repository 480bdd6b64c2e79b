const SECRET_NAMES =
  'sig|signature|code|token|access_token|se|key|api_?key|apikey|password|pwd|secret|sharedaccesskey|accountkey';

/**
 * `name=value`, with the `=` plain or percent-encoded, as it stands in a query, a connection string or free
 * text. Text may be JSON: there a backslash belongs to what follows it, and one before a quote is not taken
 * away from that quote, which would end the string.
 */
const NAMED_SECRET = new RegExp(
  `(?<=^|[^a-z0-9]|%[0-9a-f]{2}|\\\\[bfnrt]|\\\\u[0-9a-f]{4})(${SECRET_NAMES})(=|%3D)(?:\\\\[^\\s"']|[^&\\s"'<>\\\\])*`,
  'gi',
);
/** A member of JSON, or of JSON in JSON. `code` and `key` are not among the names: there they are mostly none. */
const SECRET_MEMBER =
  /((?:token|secret|password|signature|api_?key|sharedaccesskey|accountkey)\\?"\s*:\s*\\?")(?:\\[^"\s]|[^"\\])+/gi;
const BEARER = /Bearer\s+(?:Bearer\s+|\\[^\s"']|[^\s"'<>\\])+/gi;
const CREDENTIALS_IN_URL = /(:\\?\/\\?\/)[^/\s"'<>@]+@/g;
/** Control characters, halves of surrogate pairs and the non-characters that a table would not take. */
const UNSTORABLE = /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu;
const LONE_SURROGATE = /\p{Cs}$/u;

/**
 * The text without what may be a secret. Devices echo the download URL, with its SAS query, into what
 * they report, so this comes before anything is stored, logged or served. It rather removes too much.
 */
export function redact(text: string): string {
  return text
    .replaceAll(SECRET_MEMBER, '$1REDACTED')
    .replaceAll(BEARER, 'Bearer REDACTED')
    .replaceAll(NAMED_SECRET, '$1$2REDACTED')
    .replaceAll(CREDENTIALS_IN_URL, '$1REDACTED@');
}

/** Text from outside as it may be kept: no control characters, no secrets, at most `limit` characters. */
export function cleanText(text: string, limit: number): string {
  const visible = text.replaceAll(UNSTORABLE, ' ');
  return cut(redact(visible), limit);
}

/** At most `limit` UTF-16 units, never half of a surrogate pair. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, limit).replace(LONE_SURROGATE, '');
}
