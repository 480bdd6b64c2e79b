/** A path into a device's query document, e.g. `['properties', 'reported', 'firmware', 'type']`. */
export type Path = readonly string[];

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type Arithmetic = '+' | '-' | '*' | '/' | '%';

export type Expression =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'path'; path: Path }
  | { kind: 'defined'; path: Path }
  | { kind: 'not'; operand: Expression }
  | { kind: 'negate'; operand: Expression }
  | { kind: 'logical'; operator: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'compare'; operator: Comparison; left: Expression; right: Expression }
  | { kind: 'arithmetic'; operator: Arithmetic; left: Expression; right: Expression }
  | { kind: 'in'; negated: boolean; operand: Expression; items: Expression[] };

/** A selected column: a path under its own last name or an alias, or the number of rows. */
export type Column = { kind: 'path'; path: Path; name: string } | { kind: 'count'; name: string };

export interface Query {
  /** At most so many rows; undefined: all. */
  top: number | undefined;
  columns: 'all' | Column[];
  where: Expression | undefined;
  groupBy: Path[];
}

/** A text that is no query of the supported language; `position` counts characters from 0. */
export class QueryError extends Error {
  readonly code = 'InvalidQuery';
  readonly position: number;

  constructor(message: string, position: number) {
    super(`${message} (at character ${position})`);
    this.name = 'QueryError';
    this.position = position;
  }
}
