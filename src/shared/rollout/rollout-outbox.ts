import type { TableClient } from '@azure/data-tables';
import { isNotFound } from '../azure/storage-error.ts';
import type { AuditEntry } from './journal.ts';
import {
  announcementKey,
  fromAnnouncementRow,
  type JournalRow,
  rangeFilter,
  ROLLOUTS,
} from './rollout-rows.ts';

/** Journal entries that are still to be announced, in the table `rollouts`. The store writes them. */
export class RolloutOutbox {
  readonly #table: () => Promise<TableClient>;

  constructor(table: () => Promise<TableClient>) {
    this.#table = table;
  }

  /** Those of one rollout in their order. */
  async list(): Promise<readonly AuditEntry[]> {
    const table = await this.#table();
    const entries: AuditEntry[] = [];
    const queryOptions = { filter: rangeFilter('o|') };
    for await (const row of table.listEntities<JournalRow>({ queryOptions })) {
      entries.push(fromAnnouncementRow(row));
    }
    return entries;
  }

  /** It is announced. One that is not there was announced by somebody else as well. */
  async remove({ rollout, revision }: Pick<AuditEntry, 'rollout' | 'revision'>): Promise<void> {
    try {
      await (await this.#table()).deleteEntity(ROLLOUTS, announcementKey(rollout, revision));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
