import type { TransactionAction } from '@azure/data-tables';
import type { LedgerTable, TablePage, TableRow } from '../../src/shared/azure/table-access.ts';
import { checkEntity, checkTransaction, tableError } from './table-rules.ts';

type Properties = Readonly<Record<string, unknown>>;

interface StoredRow {
  readonly etag: string;
  readonly properties: Properties;
}

/** How one call ends, decided by the test: see `TableDouble.connect`. */
export type CallFate = 'ok' | 'unavailable' | 'answer-lost' | 'crash-before' | 'crash-after';

/** The process of the caller has died: nothing that it would still do reaches the table. */
export class ProcessDied extends Error {
  constructor() {
    super('The process died');
    this.name = 'ProcessDied';
  }
}

/** A process that holds connections; they die together. */
export interface CallingProcess {
  isDead: boolean;
}

export interface ConnectionBehaviour {
  readonly process: CallingProcess;
  /** Asked once for each call. */
  readonly fate: () => CallFate;
  /** Awaited before and after each call, so that the test decides how callers interleave. */
  readonly turn: () => Promise<void>;
  /** The service may give fewer rows than asked for, even none, and continue. */
  readonly pageSize: (asked: number) => number;
}

const CALM: Omit<ConnectionBehaviour, 'process'> = {
  fate: () => 'ok',
  turn: async () => undefined,
  pageSize: (asked) => asked,
};

/**
 * A table in memory with the semantics of Table Storage that the ledger relies on: etags, entity group
 * transactions with their limits, ordered queries with continuation. The contract suite holds it to
 * Azurite. What the real one does in bad moments is made to happen by `connect`.
 */
export class TableDouble {
  readonly #partitions = new Map<string, Map<string, StoredRow>>();
  #etags = 0;

  /** A client of its own, which fails and dies as the test wants. */
  connect(behaviour: Partial<ConnectionBehaviour> = {}): LedgerTable {
    const { fate, turn, pageSize, process } = { ...CALM, process: { isDead: false }, ...behaviour };
    const call = async <Result>(effect: () => Result): Promise<Result> => {
      if (process.isDead) throw new ProcessDied();
      const decided = fate();
      await turn();
      process.isDead ||= decided === 'crash-before';
      if (process.isDead) throw new ProcessDied();
      if (decided === 'unavailable') throw tableError(503, 'ServerBusy', 'The server is busy.');
      const result = effect();
      await turn();
      process.isDead ||= decided === 'crash-after';
      if (process.isDead) throw new ProcessDied();
      if (decided === 'answer-lost') throw tableError(undefined, 'ECONNRESET', 'The connection was reset.');
      return result;
    };
    return {
      getEntity: async (partitionKey, rowKey, options) =>
        call(() => this.#get(partitionKey, rowKey, options?.queryOptions?.select)),
      listEntities: ({ queryOptions }) => ({
        byPage: ({ maxPageSize }) =>
          pagesOf(call, () => this.#query(queryOptions.filter, queryOptions.select), pageSize(maxPageSize)),
      }),
      submitTransaction: async (actions) => call(() => this.#submit(actions)),
    };
  }

  #get(partitionKey: string, rowKey: string, select?: readonly string[]): TableRow {
    const stored = this.#partitions.get(partitionKey)?.get(rowKey);
    if (stored === undefined)
      throw tableError(404, 'ResourceNotFound', 'The specified resource does not exist.');
    return selected(stored, select);
  }

  #query(filter: string, select?: readonly string[]): TableRow[] {
    const { partitionKey, after, before, state } = parsedFilter(filter);
    const rows = [...(this.#partitions.get(partitionKey) ?? [])].filter(
      ([rowKey, { properties }]) =>
        rowKey > after && rowKey < before && (state ?? properties['state']) === properties['state'],
    );
    rows.sort(([a], [b]) => (a < b ? -1 : 1));
    return rows.map(([, stored]) => selected(stored, select));
  }

  /** All or nothing: the rows are worked out on the side and put in place at the end. */
  #submit(actions: readonly TransactionAction[]): { subResponses: { etag?: string }[] } {
    const partitionKey = checkTransaction(actions);
    const rows = this.#partitions.get(partitionKey) ?? new Map<string, StoredRow>();
    const changed = new Map<string, StoredRow | undefined>();
    const subResponses = actions.map((action, index) => {
      const { rowKey } = action[1];
      const next = this.#apply(action, rows.get(rowKey), index);
      changed.set(rowKey, next);
      return next === undefined ? {} : { etag: next.etag };
    });
    for (const [rowKey, row] of changed) {
      if (row === undefined) rows.delete(rowKey);
      else rows.set(rowKey, row);
    }
    this.#partitions.set(partitionKey, rows);
    return { subResponses };
  }

  #apply(action: TransactionAction, current: StoredRow | undefined, index: number): StoredRow | undefined {
    const [kind, entity] = action;
    const etag = kind === 'update' ? action[3]?.etag : undefined;
    if (kind === 'create' && current !== undefined) {
      throw tableError(409, 'EntityAlreadyExists', `${index}:The specified entity already exists.`);
    }
    if ((kind === 'update' || kind === 'delete') && current === undefined) {
      throw tableError(404, 'ResourceNotFound', `${index}:The specified resource does not exist.`);
    }
    if (etag !== undefined && etag !== '*' && etag !== current?.etag) {
      throw tableError(
        412,
        'UpdateConditionNotSatisfied',
        `${index}:The update condition was not satisfied.`,
      );
    }
    if (kind === 'delete') return undefined;
    const isMerge = (kind === 'update' || kind === 'upsert') && (action[2] ?? 'Merge') === 'Merge';
    const properties = { ...(isMerge && current?.properties), ...structuredClone(entity) };
    checkEntity(properties, index);
    this.#etags += 1;
    return { etag: `W/"${this.#etags}"`, properties };
  }
}

async function* pagesOf(
  call: (effect: () => TableRow[]) => Promise<TableRow[]>,
  query: () => TableRow[],
  size: number,
): AsyncGenerator<TablePage> {
  // Each page is a call of its own and sees the table as it is then, from where the last page ended.
  let after = '';
  for (;;) {
    const from = after;
    const rest = await call(() => query().filter((row) => (row.rowKey ?? '') > from));
    const page: TablePage = rest.slice(0, size);
    after = page.at(-1)?.rowKey ?? after;
    if (rest.length <= size) {
      yield page;
      return;
    }
    yield Object.assign(page, { continuationToken: after });
    if (size === 0) size = 1000;
  }
}

function selected({ etag, properties }: StoredRow, select?: readonly string[]): TableRow {
  const names = Object.keys(properties).filter((name) => select === undefined || select.includes(name));
  return { ...Object.fromEntries(names.map((name) => [name, properties[name]])), etag };
}

const FILTER =
  /^PartitionKey eq '((?:[^']|'')*)' and RowKey gt '((?:[^']|'')*)' and RowKey lt '((?:[^']|'')*)'(?: and state eq '(\w+)')?$/;

function parsedFilter(filter: string) {
  const parts = FILTER.exec(filter);
  if (parts === null) throw new Error(`The double does not know this filter: ${filter}`);
  const text = (i: number): string => (parts[i] ?? '').replaceAll("''", "'");
  return { partitionKey: text(1), after: text(2), before: text(3), state: parts[4] };
}
