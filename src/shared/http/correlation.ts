import type { InvocationContext } from '@azure/functions';
import type { LogEventName, LogFields } from '../log-events.ts';
import { logEvent, type LogLevel } from '../log.ts';

export const CORRELATION_HEADER = 'x-correlation-id';

/** What is taken from a caller: it goes into logs and headers, so it is letters, digits, `.`, `_` and `-`. */
const WELL_FORMED = /^[A-Za-z0-9._-]{8,128}$/;

/** Writes one event into the log of a request. */
export type RequestLog = <Name extends LogEventName>(
  level: LogLevel,
  event: Name,
  fields: LogFields<Name>,
) => void;

/** The caller's correlation id where it is well-formed, else a new one. */
export function correlationId(given: string | null, newId: () => string): string {
  return given !== null && WELL_FORMED.test(given) ? given : newId();
}

/** A log whose every line carries the request's correlation id. */
export function requestLog(context: InvocationContext, id: string): RequestLog {
  return (level, event, fields) => logEvent(context, level, event, fields, id);
}
