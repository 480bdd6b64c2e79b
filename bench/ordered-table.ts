import type { LedgerTable, TablePage, TableRow } from '../src/shared/azure/table-access.ts';
import { TableDouble } from '../test/faults/table-double.ts';

/** A page, with how many rows were looked at for it. */
type ScannedPage = TablePage & { readonly scanned: number };

/** A filter as the ledger writes it: a range of one partition, perhaps of one state. */
const FILTER =
  /^PartitionKey eq '([^']*)' and RowKey gt '([^']*)' and RowKey lt '([^']*)'(?: and state eq '(\w+)')?$/;

/**
 * The tests' table in memory, with its keys kept in order: a range read costs what it touches, as in
 * Table Storage, while the double looks at every row of the partition and Azurite at every row of the
 * table. For fleets of a size at which those two measure only themselves.
 */
export function orderedTable(): LedgerTable {
  const double = new TableDouble().connect();
  const partitions = new Map<string, string[]>();

  async function* pages(
    filter: string,
    select: string[] | undefined,
    size: number,
  ): AsyncGenerator<ScannedPage> {
    const { partitionKey, after, before, state } = parsedFilter(filter);
    const keys = partitions.get(partitionKey) ?? [];
    let page: TableRow[] = [];
    let scanned = 0;
    for (let at = firstBehind(keys, after); at < keys.length; at += 1) {
      const rowKey = keys[at] ?? '';
      if (rowKey >= before) break;
      scanned += 1;
      const row = await double.getEntity(partitionKey, rowKey, state === undefined ? selecting(select) : {});
      if (state !== undefined && row['state'] !== state) continue;
      page.push(row);
      if (page.length < size) continue;
      yield Object.assign(page, { continuationToken: rowKey, scanned });
      page = [];
      scanned = 0;
    }
    yield Object.assign(page, { scanned });
  }

  return {
    getEntity: async (...args) => double.getEntity(...args),
    listEntities: ({ queryOptions: { filter, select } }) => ({
      byPage: ({ maxPageSize }) => pages(filter, select, maxPageSize),
    }),
    submitTransaction: async (actions) => {
      const answer = await double.submitTransaction(actions);
      for (const [kind, { partitionKey, rowKey }] of actions) {
        const keys = partitions.get(partitionKey) ?? [];
        partitions.set(partitionKey, keys);
        if (kind === 'delete') remove(keys, rowKey);
        else insert(keys, rowKey);
      }
      return answer;
    },
  };
}

function selecting(select: string[] | undefined) {
  return select === undefined ? {} : { queryOptions: { select } };
}

function parsedFilter(filter: string) {
  const [matched, partitionKey = '', after = '', before = '', state] = FILTER.exec(filter) ?? [];
  if (matched === undefined) throw new TypeError(`The bench does not know this filter: ${filter}`);
  return { partitionKey, after, before, state };
}

/** Where the first key behind `key` stands or would stand. */
function firstBehind(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') > key) high = middle;
    else low = middle + 1;
  }
  return low;
}

function insert(keys: string[], key: string): void {
  const at = firstBehind(keys, key);
  if (keys[at - 1] !== key) keys.splice(at, 0, key);
}

function remove(keys: string[], key: string): void {
  const at = firstBehind(keys, key) - 1;
  if (keys[at] === key) keys.splice(at, 1);
}
