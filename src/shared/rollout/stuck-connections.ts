import type { TransactionAction } from '@azure/data-tables';
import { type LedgerTable, TableAccess, type TableRow } from '../azure/table-access.ts';
import { TableUnavailableError } from '../azure/table-faults.ts';
import { decodeKeyPart, encodeKeyPart, prefixFilter, quoted } from '../azure/table-keys.ts';
import type { KnownConnection } from './diagnosis.ts';

const DEVICE = 'd|';
/** Documented: operations of a transaction. */
const ROWS_A_WRITE = 100;

/**
 * What the hub said of stuck devices: rows `d|<device>` in a partition of each rollout in the table
 * `rollouts`, so that the rows of the ledger are left alone. All throw TableUnavailableError and
 * TableRefusedError.
 */
export class StuckConnections {
  readonly #table: () => Promise<LedgerTable>;

  constructor(table: () => Promise<LedgerTable>) {
    this.#table = table;
  }

  async all(rolloutId: string): Promise<ReadonlyMap<string, KnownConnection>> {
    return this.#read(prefixFilter(partitionOf(rolloutId), DEVICE));
  }

  /** Of these devices, and perhaps of more: one range read. Nothing is read for no device. */
  async of(rolloutId: string, deviceIds: readonly string[]): Promise<ReadonlyMap<string, KnownConnection>> {
    const keys = deviceIds.map(keyOf).toSorted();
    const [first] = keys;
    const last = keys.at(-1);
    if (first === undefined || last === undefined) return new Map();
    const range = `RowKey ge ${quoted(first)} and RowKey le ${quoted(last)}`;
    return this.#read(`PartitionKey eq ${quoted(partitionOf(rolloutId))} and ${range}`);
  }

  async keep(rolloutId: string, learned: ReadonlyMap<string, KnownConnection>): Promise<void> {
    const partitionKey = partitionOf(rolloutId);
    await this.#write(
      [...learned].map(([deviceId, { lastActivityAt = '', ...columns }]): TransactionAction => {
        const row = { partitionKey, rowKey: keyOf(deviceId), ...columns, lastActivityAt };
        return ['upsert', row, 'Replace'];
      }),
    );
  }

  /** Devices of whom nothing is kept by now must not be among these. */
  async forget(rolloutId: string, deviceIds: readonly string[]): Promise<void> {
    const partitionKey = partitionOf(rolloutId);
    await this.#write(deviceIds.map((id) => ['delete', { partitionKey, rowKey: keyOf(id) }]));
  }

  async #read(filter: string): Promise<ReadonlyMap<string, KnownConnection>> {
    const rows = await new TableAccess(await this.#table()).all(filter);
    return new Map(rows.map((row) => [decodeKeyPart((row.rowKey ?? '').slice(DEVICE.length)), fromRow(row)]));
  }

  async #write(actions: readonly TransactionAction[]): Promise<void> {
    const access = new TableAccess(await this.#table());
    for (let i = 0; i < actions.length; i += ROWS_A_WRITE) {
      const outcome = await access.submit(actions.slice(i, i + ROWS_A_WRITE));
      // A conflict: another instance has forgotten the same devices. What is left is found again.
      if (outcome.kind === 'unknown') throw new TableUnavailableError(outcome.cause);
    }
  }
}

function partitionOf(rolloutId: string): string {
  return `stuck|${encodeKeyPart(rolloutId)}`;
}

function keyOf(deviceId: string): string {
  return DEVICE + encodeKeyPart(deviceId);
}

function fromRow(row: TableRow): KnownConnection {
  const lastActivityAt = String(row['lastActivityAt']);
  return {
    kind: row['kind'] as KnownConnection['kind'],
    lastActivityAt: lastActivityAt === '' ? undefined : lastActivityAt,
    state: String(row['state']),
    since: String(row['since']),
    askedAt: String(row['askedAt']),
  };
}
