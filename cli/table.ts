import { type Line, type Span, styled, widthOf } from './styled-text.ts';

/** A column: its heading and what it shows of a row. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Span;
  readonly align?: 'right';
}

/** A table with a heading; columns are as wide as their widest cell, the last one as wide as it likes. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Line[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ heading }, i) =>
    Math.max(heading.length, ...cells.map((line) => widthOf([line[i] ?? '']))),
  );
  const heading = columns.map((column) => styled('dim', column.heading.toUpperCase()));
  return [heading, ...cells].map((line) =>
    line.flatMap((span, i) => {
      const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf([span])));
      const gap = i === 0 ? '' : '  ';
      return columns[i]?.align === 'right' ? [gap, padding, span] : [gap, span, padding];
    }),
  );
}
