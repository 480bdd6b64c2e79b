import { redact } from './redact.ts';

/** The levels of an invocation's log that the app uses. */
export interface Log {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
  debug(line: string): void;
}

/**
 * One line of JSON: `event` names what happened, the fields have the same names wherever they occur.
 * JSON escapes control characters, so that no value can forge a line; what may be a secret is taken out.
 */
export function logEvent(
  log: Log,
  level: keyof Log,
  event: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  log[level](redact(JSON.stringify({ event, ...fields })));
}

/** An error as fields: its code and words, never its stack or its request, which may hold a secret. */
export function errorFields(error: unknown): { readonly errorCode: string; readonly error: string } {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected';
  return { errorCode: code, error: redact(error instanceof Error ? error.message : String(error)) };
}
