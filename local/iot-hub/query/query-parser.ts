import { readExpression } from './expression-parser.ts';
import type { Column, Path, Query } from './query-syntax.ts';
import { QueryError } from './query-syntax.ts';
import { TokenReader } from './token-reader.ts';

/**
 * Reads a twin query: `SELECT [TOP n] * | columns FROM devices [WHERE expression] [GROUP BY paths]`.
 * @throws {QueryError} for everything else, with what was expected and where.
 */
export function parseQuery(text: string): Query {
  const reader = new TokenReader(text);
  reader.expectWord('select');
  const top = reader.takeWord('top') ? readTop(reader) : undefined;
  const columns = readColumns(reader);
  reader.expectWord('from');
  readSource(reader);
  const where = reader.takeWord('where') ? readExpression(reader) : undefined;
  const groupBy = reader.takeWord('group') ? readGroupBy(reader) : [];
  reader.expectEnd();
  checkGrouping(columns, groupBy);
  return { top, columns, where, groupBy };
}

function readTop(reader: TokenReader): number {
  const token = reader.peek();
  const top = Number(token.text);
  if (token.kind !== 'number' || !Number.isInteger(top)) reader.fail('expected a whole number after TOP');
  reader.next();
  return top;
}

function readColumns(reader: TokenReader): 'all' | Column[] {
  if (reader.takeSymbol('*') !== undefined) return 'all';
  const columns: Column[] = [];
  do columns.push(readColumn(reader));
  while (reader.takeSymbol(',') !== undefined);
  return columns;
}

function readColumn(reader: TokenReader): Column {
  if (reader.takeWord('count')) {
    reader.expectSymbol('(');
    reader.expectSymbol(')');
    reader.expectWord('as');
    return { kind: 'count', name: readAlias(reader) };
  }
  const path = reader.path();
  return { kind: 'path', path, name: reader.takeWord('as') ? readAlias(reader) : (path.at(-1) ?? '') };
}

function readAlias(reader: TokenReader): string {
  const token = reader.peek();
  if (token.kind !== 'word' && token.kind !== 'name') reader.fail('expected a name after AS');
  return reader.next().text;
}

function readSource(reader: TokenReader): void {
  if (!reader.takeWord('devices')) reader.fail('expected FROM devices');
  if (reader.peek().text === '.') reader.fail('only devices can be queried here, not their modules or jobs');
}

function readGroupBy(reader: TokenReader): Path[] {
  reader.expectWord('by');
  const paths: Path[] = [];
  do paths.push(reader.path());
  while (reader.takeSymbol(',') !== undefined);
  return paths;
}

/** In an aggregation a plain column must be one of those grouped by: it has no single value otherwise. */
function checkGrouping(columns: 'all' | Column[], groupBy: Path[]): void {
  if (columns === 'all') {
    if (groupBy.length > 0) throw new QueryError('SELECT * cannot be grouped', 0);
    return;
  }
  if (groupBy.length === 0 && !columns.some((column) => column.kind === 'count')) return;
  const keys = new Set(groupBy.map((path) => path.join('\u0000')));
  const stray = columns.find((column) => column.kind === 'path' && !keys.has(column.path.join('\u0000')));
  if (stray) throw new QueryError(`${stray.name} is neither counted nor in GROUP BY`, 0);
}
