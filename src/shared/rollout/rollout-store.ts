import type { TableClient, TableEntityResult, TransactionAction } from '@azure/data-tables';
import { type Announcements, nobody } from '../announcements.ts';
import { rowOf } from '../azure/guarded-row.ts';
import { isConflict, isNotFound } from '../azure/storage-error.ts';
import { type AuditEntry, type JournalEntry, SERVICE } from './journal.ts';
import type { RolloutState } from './lifecycle.ts';
import type {
  NewRollout,
  Rollout,
  RolloutDirectory,
  RolloutObservation,
  RolloutPosition,
  RolloutRecord,
} from './rollout.ts';
import {
  announcementKey,
  auditKey,
  fromAuditRow,
  fromJournalRow,
  fromRolloutRow,
  journalKey,
  journalRow,
  type JournalRow,
  newRow,
  positionRow,
  rangeFilter,
  rolloutKey,
  type RolloutRow,
  ROLLOUTS,
} from './rollout-rows.ts';

/** How far the clocks of Event Hubs and of this app may differ. */
const CLOCK_SKEW_MS = 5000;

/** Rollouts and their journals, in the table `rollouts`. */
export class RolloutStore implements RolloutDirectory {
  readonly #table: () => Promise<TableClient>;
  readonly #now: () => Date;
  readonly #announcements: Announcements;
  #cached: { readonly at: number; readonly rollouts: readonly RolloutRecord[] } | undefined;

  constructor(table: () => Promise<TableClient>, now: () => Date, announcements: Announcements = nobody) {
    this.#table = table;
    this.#now = now;
    this.#announcements = announcements;
  }

  /** Newest first. */
  async list(): Promise<readonly RolloutRecord[]> {
    const at = this.#now().getTime();
    const table = await this.#table();
    const rollouts: RolloutRecord[] = [];
    const queryOptions = { filter: rangeFilter(rolloutKey('')) };
    for await (const row of table.listEntities<RolloutRow>({ queryOptions }))
      rollouts.push(fromRolloutRow(row));
    rollouts.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
    this.#cached = { at, rollouts };
    return rollouts;
  }

  async get(id: string): Promise<RolloutRecord | undefined> {
    const row = await rowOf<RolloutRow>(await this.#table(), ROLLOUTS, rolloutKey(id));
    return row && fromRolloutRow(row);
  }

  async ofDeviceType(deviceType: string, notOlderThan: Date): Promise<readonly Rollout[]> {
    const fresh = this.#cached && this.#cached.at > notOlderThan.getTime() + CLOCK_SKEW_MS;
    const rollouts = fresh && this.#cached ? this.#cached.rollouts : await this.list();
    return rollouts.filter((rollout) => rollout.deviceType.toLowerCase() === deviceType.toLowerCase());
  }

  /** Adds a rollout with its first journal entry; an existing one of the same id is returned as it is. */
  async add(rollout: NewRollout, position: RolloutPosition, entry: JournalEntry): Promise<RolloutRecord> {
    const keys = { partitionKey: ROLLOUTS, rowKey: rolloutKey(rollout.id) };
    const actions: TransactionAction[] = [
      ['create', { ...keys, ...newRow(rollout, position) }],
      // A rollout of this id that was taken back may have left its first entry.
      ['upsert', this.#journalEntity(rollout.id, entry), 'Replace'],
    ];
    const announcement = this.#announcement(rollout.id, entry);
    try {
      await (await this.#table()).submitTransaction([...actions, ...announcement]);
      if (announcement.length > 0) this.#announcements.noted();
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    const added = await this.get(rollout.id);
    if (!added) throw new RolloutVanishedError(rollout.id);
    return added;
  }

  /**
   * Moves a rollout on and writes the journal's entry in the same transaction. `overtaken`: it was
   * changed since `record` was read, nothing was written, and the decision has to be made anew. What a
   * person did also enters the audit trail, in the same transaction.
   */
  async transition(
    record: RolloutRecord,
    position: RolloutPosition,
    entry: JournalEntry,
    plan = record.plan,
  ): Promise<RolloutRecord | 'overtaken'> {
    const keys = { partitionKey: ROLLOUTS, rowKey: rolloutKey(record.id) };
    const row = { ...keys, ...positionRow(position), plan: JSON.stringify(plan) };
    const actions: TransactionAction[] = [
      ['update', row, 'Merge', { etag: record.etag }],
      ['create', this.#journalEntity(record.id, entry)],
    ];
    if (entry.actor !== SERVICE) actions.push(['create', auditEntity(record.id, entry)]);
    const announcement = this.#announcement(record.id, entry);
    try {
      const { subResponses } = await (await this.#table()).submitTransaction([...actions, ...announcement]);
      if (announcement.length > 0) this.#announcements.noted();
      return { ...record, ...position, plan, etag: subResponses[0]?.etag ?? '' };
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return 'overtaken';
      throw error;
    }
  }

  /**
   * The hub has accepted the configuration; answers the state that the rollout then has. One that has moved
   * on keeps its state. A person may have ended it in between: then the hub was told before it had the
   * configuration, which is open now, so it counts as not told.
   */
  async activate(record: RolloutRecord): Promise<RolloutState> {
    const state: RolloutState = 'running';
    const columns = { state, appliedRevision: record.revision };
    const keys = { partitionKey: ROLLOUTS, rowKey: rolloutKey(record.id) };
    try {
      await (await this.#table()).updateEntity({ ...keys, ...columns }, 'Merge', { etag: record.etag });
      // Its start has waited for this to be announced.
      if (this.#announcements.wants('rollout.started')) this.#announcements.noted();
    } catch (error) {
      const current = isConflict(error) ? await this.get(record.id) : undefined;
      if (!current || current.state === 'starting') throw error;
      if (current.state === 'stopped') await this.markApplied(record.id, -1);
      return current.state;
    }
    return state;
  }

  /** The hub's configuration shows this revision now. */
  async markApplied(id: string, revision: number): Promise<void> {
    const entity = { partitionKey: ROLLOUTS, rowKey: rolloutKey(id), appliedRevision: revision };
    await (await this.#table()).updateEntity(entity, 'Merge');
  }

  /**
   * The hub had no configuration of this rollout after `record` was read, so there was nothing to tell. A
   * row that was changed since is left alone: the configuration may have come by now.
   */
  async markMissing({ id, revision, etag }: RolloutRecord): Promise<void> {
    const entity = { partitionKey: ROLLOUTS, rowKey: rolloutKey(id), appliedRevision: revision };
    try {
      await (await this.#table()).updateEntity(entity, 'Merge', { etag });
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  /** Keeps what was seen from outside; the new etag, or `overtaken` where the rollout moved meanwhile. */
  async observe(id: string, observation: RolloutObservation, etag: string): Promise<string> {
    const entity = { partitionKey: ROLLOUTS, rowKey: rolloutKey(id), ...observation };
    try {
      const answer = await (await this.#table()).updateEntity(entity, 'Merge', { etag });
      return answer.etag ?? '';
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return 'overtaken';
      throw error;
    }
  }

  /** Oldest first. */
  async journal(id: string): Promise<readonly JournalEntry[]> {
    const table = await this.#table();
    const entries: JournalEntry[] = [];
    const queryOptions = { filter: rangeFilter(`j|${id}|`) };
    for await (const row of table.listEntities<JournalRow>({ queryOptions }))
      entries.push(fromJournalRow(row));
    return entries;
  }

  /** What persons did to rollouts, newest first. `after` is the key of the last entry of the page before. */
  async audit(
    limit: number,
    after: string | undefined,
  ): Promise<{ readonly entries: readonly AuditEntry[]; readonly next: string | undefined }> {
    const table = await this.#table();
    const behind = after === undefined ? '' : ` and RowKey gt '${after}'`;
    const queryOptions = { filter: `${rangeFilter('a|')}${behind}` };
    const rows: TableEntityResult<JournalRow>[] = [];
    for await (const page of table
      .listEntities<JournalRow>({ queryOptions })
      .byPage({ maxPageSize: limit + 1 })) {
      rows.push(...page);
      if (rows.length > limit) break;
    }
    const given = rows.slice(0, limit);
    return {
      entries: given.map(fromAuditRow),
      next: rows.length > limit ? given.at(-1)?.rowKey : undefined,
    };
  }

  /**
   * Takes back a rollout that the hub has refused. An absent one counts as removed; one that was changed
   * since it was read is left alone and the SDK's error is thrown.
   */
  async remove(rollout: RolloutRecord): Promise<void> {
    try {
      await (await this.#table()).deleteEntity(ROLLOUTS, rolloutKey(rollout.id), { etag: rollout.etag });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The row that makes sure that the entry is announced; none where nobody wants to hear of it. */
  #announcement(id: string, entry: JournalEntry): TransactionAction[] {
    if (!this.#announcements.wants(`rollout.${entry.action}`)) return [];
    const keys = { partitionKey: ROLLOUTS, rowKey: announcementKey(id, entry.revision) };
    return [['upsert', { ...keys, ...journalRow(entry) }, 'Replace']];
  }

  #journalEntity(id: string, entry: JournalEntry) {
    return { partitionKey: ROLLOUTS, rowKey: journalKey(id, entry.revision), ...journalRow(entry) };
  }
}

function auditEntity(id: string, entry: JournalEntry) {
  return { partitionKey: ROLLOUTS, rowKey: auditKey(id, entry), ...journalRow(entry) };
}

/** A rollout was taken back by somebody else at the moment when it was added. Passing. */
export class RolloutVanishedError extends Error {
  readonly code = 'rollout-vanished';
  constructor(id: string) {
    super(`The rollout ${id} was removed while it was added`);
    this.name = 'RolloutVanishedError';
  }
}
