import { type Line, type Style, styled } from './styled-text.ts';

/** What one check found; `next` says what to do where it is not ok. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly next?: readonly string[];
}

const STYLES: Readonly<Record<Finding['level'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function findingLines(findings: readonly Finding[]): Line[] {
  return findings.flatMap(({ check, level, text, next = [] }) => [
    [styled(STYLES[level], level.padEnd(6)), check.padEnd(11), text],
    ...next.map((line): Line => [' '.repeat(17), line]),
  ]);
}
