import type { TransactionAction } from '@azure/data-tables';
import { type LedgerTable, TableAccess, type TableRow } from '../azure/table-access.ts';
import { decodeKeyPart, encodeKeyPart, prefixFilter } from '../azure/table-keys.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { shardKey } from './ledger-keys.ts';
import { type RecountSummary, type ShardRecount, summarize } from './shard-recount.ts';

/** Beside the rollouts, so that the ledger's own partitions hold nothing but what is counted. */
const RECOUNT = 'recount';
/** Row keys are `s|<rollout>|<shard>`. */
const SHARDS = 's|';

/**
 * What recounts have found: one row for each shard, in the table `rollouts`. All throw
 * TableUnavailableError and TableRefusedError.
 */
export class RecountStore {
  readonly #table: () => Promise<LedgerTable>;

  constructor(table: () => Promise<LedgerTable>) {
    this.#table = table;
  }

  async all(): Promise<readonly ShardRecount[]> {
    const rows = await (await this.#access()).all(prefixFilter(RECOUNT, SHARDS));
    return rows.map(fromRow);
  }

  /** One small range read; undefined until each shard of the rollout was counted. */
  async summaryOf(rollout: Pick<Rollout, 'id' | 'shards'>): Promise<RecountSummary | undefined> {
    const filter = prefixFilter(RECOUNT, `${SHARDS}${encodeKeyPart(rollout.id)}|`);
    return summarize(rollout, (await (await this.#access()).all(filter)).map(fromRow));
  }

  /**
   * Takes a shard's turn, before it is counted: a process that dies over a shard does not begin with it
   * again. Undefined where somebody else has taken it.
   */
  async claim(recount: ShardRecount, now: Date): Promise<ShardRecount | undefined> {
    return this.#write({ ...recount, triedAt: now.toISOString() });
  }

  /** Keeps what was found. Where somebody else has taken the shard since, theirs is newer and stays. */
  async publish(
    claimed: ShardRecount,
    found: Pick<ShardRecount, 'drift' | 'healings'>,
    now: Date,
  ): Promise<void> {
    await this.#write({ ...claimed, ...found, countedAt: now.toISOString() });
  }

  async #write(recount: ShardRecount): Promise<ShardRecount | undefined> {
    const { rolloutId, shard, etag, ...columns } = recount;
    const row = { partitionKey: RECOUNT, rowKey: SHARDS + shardKey(rolloutId, shard), ...columns };
    const action: TransactionAction =
      etag === undefined ? ['create', row] : ['update', row, 'Replace', { etag }];
    const outcome = await (await this.#access()).submit([action]);
    const written = outcome.kind === 'committed' ? outcome.etags[0] : undefined;
    return written === undefined ? undefined : { ...recount, etag: written };
  }

  async #access(): Promise<TableAccess> {
    return new TableAccess(await this.#table());
  }
}

function fromRow(row: TableRow): ShardRecount {
  const [, id = '', shard = ''] = (row.rowKey ?? '').split('|');
  return {
    rolloutId: decodeKeyPart(id),
    shard: Number(shard),
    triedAt: String(row['triedAt']),
    countedAt: String(row['countedAt']),
    drift: Number(row['drift']),
    healings: Number(row['healings']),
    etag: row.etag,
  };
}
