import type { TableClient, TransactionAction } from '@azure/data-tables';
import { isConflict, isNotFound } from '../azure/storage-error.ts';
import type { JournalEntry } from './journal.ts';
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
  #cached: { readonly at: number; readonly rollouts: readonly RolloutRecord[] } | undefined;

  constructor(table: () => Promise<TableClient>, now: () => Date) {
    this.#table = table;
    this.#now = now;
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
    try {
      return fromRolloutRow(await (await this.#table()).getEntity<RolloutRow>(ROLLOUTS, rolloutKey(id)));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
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
    try {
      await (await this.#table()).submitTransaction(actions);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    const added = await this.get(rollout.id);
    if (!added) throw new RolloutVanishedError(rollout.id);
    return added;
  }

  /**
   * Moves a rollout on and writes the journal's entry in the same transaction. `overtaken`: it was
   * changed since `record` was read, nothing was written, and the decision has to be made anew.
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
    try {
      const { subResponses } = await (await this.#table()).submitTransaction(actions);
      return { ...record, ...position, plan, etag: subResponses[0]?.etag ?? '' };
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return 'overtaken';
      throw error;
    }
  }

  /** The hub has accepted the configuration. A rollout that has already moved on is left alone. */
  async activate(record: RolloutRecord): Promise<void> {
    const state: RolloutState = 'running';
    const columns = { state, appliedRevision: record.revision };
    const keys = { partitionKey: ROLLOUTS, rowKey: rolloutKey(record.id) };
    try {
      await (await this.#table()).updateEntity({ ...keys, ...columns }, 'Merge', { etag: record.etag });
    } catch (error) {
      const current = isConflict(error) ? await this.get(record.id) : undefined;
      if (!current || current.state === 'starting') throw error;
    }
  }

  /** The hub's configuration shows this revision now. */
  async markApplied(id: string, revision: number): Promise<void> {
    const entity = { partitionKey: ROLLOUTS, rowKey: rolloutKey(id), appliedRevision: revision };
    await (await this.#table()).updateEntity(entity, 'Merge');
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

  #journalEntity(id: string, entry: JournalEntry) {
    return { partitionKey: ROLLOUTS, rowKey: journalKey(id, entry.revision), ...journalRow(entry) };
  }
}

/** A rollout was taken back by somebody else at the moment when it was added. Passing. */
export class RolloutVanishedError extends Error {
  readonly code = 'rollout-vanished';
  constructor(id: string) {
    super(`The rollout ${id} was removed while it was added`);
    this.name = 'RolloutVanishedError';
  }
}
