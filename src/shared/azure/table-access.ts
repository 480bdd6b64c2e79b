import type { TransactionAction } from '@azure/data-tables';
import { faultOf, TableRefusedError, TableUnavailableError } from './table-faults.ts';

/** A row as the SDK gives it: keys, etag and properties side by side. */
export type TableRow = Record<string, unknown> & { etag: string; partitionKey?: string; rowKey?: string };

/** A page of rows; the token is absent on the last one. A page may be empty and still continue. */
export type TablePage = TableRow[] & { continuationToken?: string };

/** The few calls of `TableClient` that the stores make, so that a double can stand in for it. */
export interface LedgerTable {
  getEntity(
    partitionKey: string,
    rowKey: string,
    options?: { queryOptions?: { select?: string[] } },
  ): Promise<TableRow>;
  listEntities(options: { queryOptions: { filter: string; select?: string[] } }): {
    byPage(settings: { maxPageSize: number }): AsyncIterable<TablePage>;
  };
  submitTransaction(actions: TransactionAction[]): Promise<{ subResponses: { etag?: string }[] }>;
}

/** The service gives at most this many rows in an answer. */
export const MAX_PAGE = 1000;

export type TransactionOutcome =
  | { readonly kind: 'committed'; readonly etags: readonly (string | undefined)[] }
  /** Nothing was applied: a row was not as expected; `index` tells which, where the service said so. */
  | { readonly kind: 'conflict'; readonly index: number | undefined }
  /** The answer was lost or a passing fault reported: it may have been applied all the same. */
  | { readonly kind: 'unknown'; readonly cause: unknown };

/**
 * One table, with its faults translated and its requests counted. Made anew for each batch or read, so
 * that `requests` is the cost of just that.
 */
export class TableAccess {
  requests = 0;
  readonly #table: LedgerTable;

  constructor(table: LedgerTable) {
    this.#table = table;
  }

  /** The row, or undefined. Throws TableUnavailableError (passing) and TableRefusedError. */
  async get(partitionKey: string, rowKey: string, select?: string[]): Promise<TableRow | undefined> {
    this.requests += 1;
    try {
      const options = select === undefined ? {} : { queryOptions: { select } };
      return await this.#table.getEntity(partitionKey, rowKey, options);
    } catch (error) {
      if (faultOf(error).kind === 'missing') return undefined;
      throw translated(error);
    }
  }

  /** The pages of a query. Throws as `get`. */
  async *pages(filter: string, select?: string[], pageSize = MAX_PAGE): AsyncGenerator<TablePage> {
    const queryOptions = select === undefined ? { filter } : { filter, select };
    try {
      for await (const page of this.#table.listEntities({ queryOptions }).byPage({ maxPageSize: pageSize })) {
        this.requests += 1;
        yield page;
      }
    } catch (error) {
      throw translated(error);
    }
  }

  /** All rows of a query that is known to be small. */
  async all(filter: string, select?: string[]): Promise<TableRow[]> {
    const rows: TableRow[] = [];
    for await (const page of this.pages(filter, select)) rows.push(...page);
    return rows;
  }

  /** Applies all of it or nothing. Throws TableRefusedError where the service will never take it. */
  async submit(actions: TransactionAction[]): Promise<TransactionOutcome> {
    this.requests += 1;
    try {
      const { subResponses } = await this.#table.submitTransaction(actions);
      return { kind: 'committed', etags: subResponses.map((answer) => answer.etag) };
    } catch (error) {
      const fault = faultOf(error);
      if (fault.kind === 'missing' || fault.kind === 'conflict')
        return { kind: 'conflict', index: fault.index };
      if (fault.kind === 'passing') return { kind: 'unknown', cause: error };
      throw translated(error);
    }
  }
}

function translated(error: unknown): unknown {
  const { kind } = faultOf(error);
  if (kind === 'foreign') return error;
  return kind === 'passing' ? new TableUnavailableError(error) : new TableRefusedError(error);
}
