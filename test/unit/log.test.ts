import { describe, expect, test } from 'vitest';
import { deviceNameFor } from '../../src/shared/log-device.ts';
import { logEvents } from '../../src/shared/log-events.ts';
import { logFields } from '../../src/shared/log-fields.ts';
import { errorFields, type Log, logEvent } from '../../src/shared/log.ts';

/** A log that keeps its lines. */
function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (line: string) => lines.push(line);
  return { invocationId: 'invocation-1', lines, info: keep, warn: keep, error: keep, debug: keep };
}

describe('a log line', () => {
  test('begins with its event, and carries the invocation where no request does', () => {
    const log = keptLog();
    logEvent(log, 'info', 'upload-gone', { path: 'a.bin' });
    logEvent(log, 'info', 'upload-gone', { path: 'b.bin' }, 'request-1');
    expect(log.lines).toEqual([
      '{"event":"upload-gone","correlationId":"invocation-1","path":"a.bin"}',
      '{"event":"upload-gone","correlationId":"request-1","path":"b.bin"}',
    ]);
  });

  test('stays one line and one object whatever its values are, and gives no secret away', () => {
    const log = keptLog();
    const path = 'a\n{"event":"forged"}.bin?sv=1&sig=abc%2Bdef';
    logEvent(log, 'info', 'upload-gone', { path });
    expect(log.lines[0]?.includes('\n')).toBe(false);
    expect(JSON.parse(log.lines[0] ?? '')).toMatchObject({
      event: 'upload-gone',
      path: 'a\n{"event":"forged"}.bin?sv=1&sig=REDACTED',
    });
  });

  test.each([
    ['GET "https://x/?sig=abc" was refused', 'GET "https://x/?sig=REDACTED" was refused'],
    ['sig=","event":"forged', 'sig=REDACTED","event":"forged'],
    ['token=abc\\', 'token=REDACTED\\'],
    ["header 'Bearer abc'", "header 'Bearer REDACTED'"],
  ])('is one object where a secret stands in quotes: %s', (error, kept) => {
    const log = keptLog();
    logEvent(log, 'warn', 'metrics-not-sent', errorFields(new Error(error)));
    expect(JSON.parse(log.lines[0] ?? '')).toEqual({
      event: 'metrics-not-sent',
      correlationId: 'invocation-1',
      errorCode: 'unexpected',
      error: kept,
    });
  });

  test('of an error has its code and words, not its stack', () => {
    const error = Object.assign(new Error('no answer from https://x/?sig=abc'), { code: 'hub-unavailable' });
    expect(errorFields(error)).toEqual({
      errorCode: 'hub-unavailable',
      error: 'no answer from https://x/?sig=REDACTED',
    });
    expect(errorFields('odd')).toEqual({ errorCode: 'unexpected', error: 'odd' });
  });
});

describe('a device in the log', () => {
  test.each([
    ['full', 'devkit-0001'],
    ['hashed', 'fd52997c719a46c0'],
    ['none', undefined],
  ] as const)('with %s', (logging, name) => {
    expect(deviceNameFor(logging)('devkit-0001')).toBe(name);
  });

  test('has one pseudonym, and another device another', () => {
    const nameOf = deviceNameFor('hashed');
    expect(nameOf('a')).toBe(nameOf('a'));
    expect(nameOf('a')).not.toBe(nameOf('b'));
  });
});

describe('the catalogue', () => {
  test('uses every field, and names none twice in one event', () => {
    const used = Object.values(logEvents).map((event) => [
      ...event.fields,
      ...('optional' in event ? event.optional : []),
    ]);
    for (const fields of used) expect(new Set(fields).size).toBe(fields.length);
    expect(new Set(['correlationId', ...used.flat()])).toEqual(new Set(Object.keys(logFields)));
  });
});
