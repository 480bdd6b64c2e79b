import type { LedgerTable } from '../src/shared/azure/table-access.ts';

/** What a client asked of its table. */
export interface TableCost {
  /** Answers of the service: transactions, point reads, pages. */
  requests: number;
  /** Entities written, as some bills count them. */
  writes: number;
  /** Rows that reads brought back. */
  rowsRead: number;
  /** Rows that the table looked at for them, where it says so: a filter looks at more than it brings back. */
  rowsScanned: number;
}

export const noCost = (): TableCost => ({ requests: 0, writes: 0, rowsRead: 0, rowsScanned: 0 });

export interface CountedTable {
  readonly table: LedgerTable;
  readonly cost: TableCost;
}

/** The same table with its use added to `cost`. */
export function countedTable(table: LedgerTable, cost: TableCost = noCost()): CountedTable {
  return {
    cost,
    table: {
      getEntity: async (...args) => {
        cost.requests += 1;
        const row = await table.getEntity(...args);
        cost.rowsRead += 1;
        cost.rowsScanned += 1;
        return row;
      },
      listEntities: (options) => ({
        byPage: async function* byPage(settings) {
          for await (const page of table.listEntities(options).byPage(settings)) {
            cost.requests += 1;
            cost.rowsRead += page.length;
            cost.rowsScanned += 'scanned' in page ? Number(page.scanned) : page.length;
            yield page;
          }
        },
      }),
      submitTransaction: async (actions) => {
        cost.requests += 1;
        cost.writes += actions.length;
        return table.submitTransaction(actions);
      },
    },
  };
}
