import type { LogEventName, LogFields } from './log-events.ts';
import { redact } from './redact.ts';

/** The levels of an invocation's log that the app uses. */
export type LogLevel = 'info' | 'warn' | 'error' | 'debug';

/** The log of one invocation. */
export type Log = Readonly<Record<LogLevel, (line: string) => void>> & { readonly invocationId: string };

/**
 * One line of JSON: `event` names what happened and comes first, so that a query can look at the beginning
 * of a line before it parses it; the catalogue in log-events.ts knows the fields. `correlationId` is the
 * request's, else the invocation's. JSON escapes control characters, so that no value can forge a line; what
 * may be a secret is taken out.
 */
export function logEvent<Name extends LogEventName>(
  log: Log,
  level: LogLevel,
  event: Name,
  fields: LogFields<Name>,
  correlationId = log.invocationId,
): void {
  log[level](JSON.stringify({ event, correlationId, ...fields }, withoutSecrets));
}

/** Of each value before it becomes JSON: what is cut out of JSON may take a quote or its escape along. */
function withoutSecrets(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? redact(value) : value;
}

/** An error as fields: its code and words, never its stack or its request, which may hold a secret. */
export function errorFields(error: unknown): { readonly errorCode: string; readonly error: string } {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected';
  return { errorCode: code, error: redact(error instanceof Error ? error.message : String(error)) };
}
