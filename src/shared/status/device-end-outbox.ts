import type { TableAccess, TableRow } from '../azure/table-access.ts';
import { prefixFilter } from '../azure/table-keys.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { type DeviceEnd, fromEndRow } from './device-ends.ts';
import { inParallel } from './in-parallel.ts';
import { rowPrefix } from './ledger-keys.ts';

/** A bad end with the device and the rollout that it is of. */
export interface AnnouncedEnd {
  readonly rollout: Rollout;
  readonly deviceId: string;
  readonly end: DeviceEnd;
}

/** One shard of a rollout. */
interface Shard {
  readonly rollout: Rollout;
  readonly partitionKey: string;
}

const SHARDS_AT_ONCE = 8;
const DELETES_AT_ONCE = 8;

/**
 * Announces devices that failed or reverted. Their rows are written in the ledger's own transactions; here
 * they are read, handed over, and removed. Which shards have some is remembered, and looked up where the
 * process cannot remember it: then another one may have died over them.
 */
export class DeviceEndOutbox {
  readonly #publish: (ends: readonly AnnouncedEnd[]) => Promise<void>;
  readonly #waiting = new Map<string, Shard>();

  /** `publish` resolves when the ends can no longer be lost. */
  constructor(publish: (ends: readonly AnnouncedEnd[]) => Promise<void>) {
    this.#publish = publish;
  }

  /** The shard is about to get such rows. */
  note(shard: Shard): void {
    this.#waiting.set(shard.partitionKey, shard);
  }

  /**
   * Announces what waits; also in the `touched` shards where what is remembered of them is not the whole.
   * Throws what `publish` and the table throw: the ends are announced when the batch comes again.
   */
  async announce(touched: readonly Shard[], remembersAll: boolean, access: TableAccess): Promise<void> {
    if (!remembersAll) for (const shard of touched) this.note(shard);
    const shards = [...this.#waiting.values()];
    await inParallel(shards, SHARDS_AT_ONCE, async (shard) => {
      // Taken out first: what is noted while this one is read waits for the next time.
      this.#waiting.delete(shard.partitionKey);
      try {
        await this.#announceShard(shard, access);
      } catch (error) {
        this.note(shard);
        throw error;
      }
    });
  }

  async #announceShard({ rollout, partitionKey }: Shard, access: TableAccess): Promise<void> {
    for await (const rows of access.pages(prefixFilter(partitionKey, rowPrefix.ends))) {
      if (rows.length === 0) continue;
      await this.#publish(rows.flatMap((row) => announced(rollout, row)));
      // One by one: a row that another process has removed meanwhile would undo the removal of all others.
      await inParallel(rows, DELETES_AT_ONCE, async ({ rowKey = '' }) =>
        access.submit([['delete', { partitionKey, rowKey }]]),
      );
    }
  }
}

function announced(rollout: Rollout, row: TableRow): AnnouncedEnd[] {
  const { deviceId, ends } = fromEndRow(row);
  return ends.map((end) => ({ rollout, deviceId, end }));
}
