export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
/** A piece of a line; text alone has no style. */
export type Span = string | { readonly text: string; readonly style: Style };
export type Line = readonly Span[];

/** How wide a line may be and whether it may hold colours. */
export interface Look {
  /** Characters; Infinity where nothing has to fit, as in a pipe. */
  readonly columns: number;
  readonly colours: boolean;
}

export function styled(style: Style, text: string): Span {
  return { text, style };
}

/** Lines as text, each ended, none wider than the terminal: what does not fit is cut with an ellipsis. */
export function rendered(lines: readonly Line[], look: Look): string {
  return lines.map((line) => `${renderedLine(line, look)}\n`).join('');
}

export function widthOf(line: Line): number {
  return line.reduce((sum, span) => sum + lengthOf(textOf(span)), 0);
}

/** Characters as a person counts them; a control character, which could steer the terminal, becomes `?`. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

function renderedLine(line: Line, { columns, colours }: Look): string {
  const fits = widthOf(line) <= columns;
  let room = fits ? Number.POSITIVE_INFINITY : Math.max(0, columns - 1);
  const parts: string[] = [];
  for (const span of line) {
    const text = Array.from(printable(textOf(span)))
      .slice(0, room)
      .join('');
    room -= lengthOf(text);
    parts.push(colours && typeof span !== 'string' ? painted(span.style, text) : text);
  }
  const whole = parts.join('');
  return fits ? trimmedEnd(whole) : `${whole}…`;
}

/** Padding at the end of a line is of no use to anybody. */
function trimmedEnd(text: string): string {
  return text.replace(/ +$/, '');
}

function textOf(span: Span): string {
  return typeof span === 'string' ? span : span.text;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Start and end of each style (ECMA-48, select graphic rendition). */
const SGR: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

function painted(style: Style, text: string): string {
  const [start, end] = SGR[style];
  return text === '' ? '' : `\u001B[${start}m${text}\u001B[${end}m`;
}
