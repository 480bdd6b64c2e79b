import { ProblemError } from './problem.ts';

/**
 * Cursors hold the key of the last entry that was given, never a position: entries that come and go
 * between two pages neither hide others nor show them twice.
 */
export function writeKeyset(list: string, key: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** The key in a cursor of this list. Throws a ProblemError where `writeKeyset` did not make it for the list. */
export function readKeyset(text: string, list: string, length: number): readonly string[] {
  const value = parsed(text);
  const [of, ...key] = value;
  if (of !== list || key.length !== length || !isTexts(key)) throw invalidContinuation();
  return key;
}

export function invalidContinuation(): ProblemError {
  const detail = 'is not a continuation that this list gave';
  return new ProblemError('bad-request', 'The query has parameters that are not right.', {
    errors: [{ in: 'query', pointer: 'continuation', detail }],
  });
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isTexts(values: readonly unknown[]): values is readonly string[] {
  return values.every((value) => typeof value === 'string');
}
