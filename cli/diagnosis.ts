import { type Line, type Style, styled } from './styled-text.ts';

/** What one check found; `next` says what to do where it is not ok. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly next?: readonly string[];
}

/** What cannot be told, as a service did not answer that has a line of its own. */
export function notKnown(check: string, reason: string): Finding {
  return { check, level: 'warn', text: `not known: ${reason}` };
}

const STYLES: Readonly<Record<Finding['level'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function findingLines(findings: readonly Finding[]): Line[] {
  return findings.flatMap(({ check, level, text, next = [] }) => [
    [styled(STYLES[level], level.padEnd(6)), check.padEnd(11), text],
    ...next.map((line): Line => [' '.repeat(17), line]),
  ]);
}
