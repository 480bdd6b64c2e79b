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

const LEVEL_WIDTH = 6;
/** In a narrower terminal lines are cut rather than broken at every word. */
const MIN_ROOM = 30;

/**
 * The findings as lines that stand below one another, each with what to do under its text. None is wider than
 * `columns`: advice that is cut off helps nobody.
 */
export function findingLines(findings: readonly Finding[], columns: number): Line[] {
  const width = Math.max(0, ...findings.map(({ check }) => check.length)) + 2;
  const indent = ' '.repeat(LEVEL_WIDTH + width);
  const room = Math.max(MIN_ROOM, columns - indent.length);
  return findings.flatMap(({ check, level, text, next = [] }) => {
    const [first = '', ...rest] = wrapped(text, room);
    return [
      [styled(STYLES[level], level.padEnd(LEVEL_WIDTH)), check.padEnd(width), first],
      ...[...rest, ...next.flatMap((line) => wrapped(line, room))].map((line): Line => [indent, line]),
    ];
  });
}

/** Broken between words; a word that is too long stays whole, and so does a line of code, which begins with a space. */
function wrapped(text: string, room: number): string[] {
  if (text.startsWith(' ')) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
