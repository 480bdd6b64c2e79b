import type { JsonObject } from '../merge-patch.ts';
import { valueAt, withValueAt } from '../merge-patch.ts';
import { matches } from './evaluate.ts';
import type { Column, Query } from './query-syntax.ts';

/** A device as a query sees it, with the number that orders devices and never changes. */
export interface QueryRow {
  order: number;
  document: () => JsonObject;
}

/** Where the next page begins: after this row, or after so many groups; `taken` rows were given before. */
export interface QueryPosition {
  after: number;
  taken: number;
}

export interface QueryPage {
  items: JsonObject[];
  next: QueryPosition | undefined;
}

export const queryStart: QueryPosition = { after: -1, taken: 0 };

/**
 * One page of a query. `rows` come in rising `order`. A page begins after the last row of the page before,
 * so devices that come or go between two pages neither repeat nor hide another one.
 */
export function runQuery(
  query: Query,
  rows: Iterable<QueryRow>,
  position: QueryPosition,
  pageSize: number,
): QueryPage {
  const limit = query.top === undefined ? Infinity : query.top - position.taken;
  const source = isAggregate(query) ? groupRows(query, rows) : selectRows(query, rows, position.after);
  return takePage(source, position, Math.min(pageSize, limit), limit);
}

/** The number of rows that the query yields: what a configuration metric shows. */
export function countRows(query: Query, rows: Iterable<QueryRow>): number {
  return runQuery(query, rows, queryStart, Infinity).items.length;
}

function takePage(
  source: Iterable<[order: number, item: JsonObject]>,
  position: QueryPosition,
  size: number,
  limit: number,
): QueryPage {
  const items: JsonObject[] = [];
  let last = position.after;
  for (const [order, item] of source) {
    if (order <= position.after) continue;
    if (items.length >= size) {
      const more = items.length < limit;
      return { items, next: more ? { after: last, taken: position.taken + items.length } : undefined };
    }
    items.push(item);
    last = order;
  }
  return { items, next: undefined };
}

function* selectRows(
  query: Query,
  rows: Iterable<QueryRow>,
  after: number,
): Generator<[order: number, item: JsonObject]> {
  for (const { order, document } of rows) {
    if (order <= after || !isSelected(query, document)) continue;
    yield [order, query.columns === 'all' ? document() : project(query.columns, document())];
  }
}

function isSelected(query: Query, document: QueryRow['document']): boolean {
  return query.where === undefined || matches(query.where, document());
}

/** A column without a value is left out, as JSON has no undefined. */
function project(columns: readonly Column[], document: JsonObject, count = 0): JsonObject {
  return columns.reduce<JsonObject>((item, column) => {
    const value = column.kind === 'count' ? count : valueAt(document, column.path);
    return withValueAt(item, [column.name], value);
  }, {});
}

function isAggregate(query: Query): boolean {
  if (query.groupBy.length > 0) return true;
  return query.columns !== 'all' && query.columns.some((column) => column.kind === 'count');
}

/** Groups in the order of their first device; without GROUP BY everything is one group, even an empty one. */
function* groupRows(query: Query, rows: Iterable<QueryRow>): Generator<[number, JsonObject]> {
  const groups = new Map<string, { document: JsonObject; count: number }>();
  if (query.groupBy.length === 0) groups.set('[]', { document: {}, count: 0 });
  for (const row of rows) {
    if (!isSelected(query, row.document)) continue;
    const document = row.document();
    const key = JSON.stringify(query.groupBy.map((path) => [valueAt(document, path)]));
    const group = groups.get(key) ?? { document, count: 0 };
    group.count++;
    groups.set(key, group);
  }
  const columns = query.columns === 'all' ? [] : query.columns;
  let order = 0;
  for (const { document, count } of groups.values()) yield [order++, project(columns, document, count)];
}
