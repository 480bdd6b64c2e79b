import type { TableClient, TableEntityResult } from '@azure/data-tables';
import { isConflict, isNotFound } from '../azure/storage-error.ts';
import type { Rollout, RolloutDirectory, RolloutProgress, RolloutRecord, RolloutState } from './rollout.ts';

/** One partition: rollouts are few (a hub holds at most 100 configurations) and are read together. */
const PARTITION = 'rollout';
/** How far the clocks of Event Hubs and of this app may differ. */
const CLOCK_SKEW_MS = 5000;

/** Rollouts in the table `rollouts`; the row's key is the rollout's id. */
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
    const filter = `PartitionKey eq '${PARTITION}'`;
    for await (const row of table.listEntities<RolloutRow>({ queryOptions: { filter } })) {
      rollouts.push(fromRow(row));
    }
    rollouts.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
    this.#cached = { at, rollouts };
    return rollouts;
  }

  async get(id: string): Promise<RolloutRecord | undefined> {
    try {
      return fromRow(await (await this.#table()).getEntity<RolloutRow>(PARTITION, id));
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

  /** Adds a rollout; an existing one of the same id is returned as it is. */
  async add(rollout: Rollout): Promise<RolloutRecord> {
    const table = await this.#table();
    try {
      const answer = await table.createEntity({
        partitionKey: PARTITION,
        rowKey: rollout.id,
        ...toRow(rollout),
      });
      return { ...rollout, progress: undefined, etag: answer.etag ?? '' };
    } catch (error) {
      const existing = isConflict(error) ? await this.get(rollout.id) : undefined;
      if (existing) return existing;
      throw error;
    }
  }

  /** The hub has accepted the configuration. Repeating it changes nothing. */
  async activate(id: string): Promise<void> {
    const state: RolloutState = 'active';
    await (await this.#table()).updateEntity({ partitionKey: PARTITION, rowKey: id, state }, 'Merge');
  }

  async recordProgress(id: string, progress: RolloutProgress): Promise<void> {
    await (await this.#table()).updateEntity({ partitionKey: PARTITION, rowKey: id, ...progress }, 'Merge');
  }

  /**
   * Takes back a rollout that the hub has refused. An absent one counts as removed; one that was changed
   * since it was read is left alone and the SDK's error is thrown.
   */
  async remove(rollout: RolloutRecord): Promise<void> {
    try {
      await (await this.#table()).deleteEntity(PARTITION, rollout.id, { etag: rollout.etag });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

interface RolloutRow {
  deviceType: string;
  version: string;
  state: string;
  createdAt: string;
  targetCondition: string;
  priority: number;
  labels: string;
  shards: number;
  targeted?: number;
  applied?: number;
  observedAt?: string;
}

function toRow(rollout: Rollout): RolloutRow {
  const { id: _key, labels, ...columns } = rollout;
  return { ...columns, labels: JSON.stringify(labels) };
}

function fromRow(row: TableEntityResult<RolloutRow>): RolloutRecord {
  const { targeted, applied, observedAt } = row;
  return {
    id: row.rowKey ?? '',
    deviceType: row.deviceType,
    version: row.version,
    state: row.state === 'active' ? 'active' : 'starting',
    createdAt: row.createdAt,
    targetCondition: row.targetCondition,
    priority: row.priority,
    labels: JSON.parse(row.labels) as Record<string, string>,
    shards: row.shards,
    progress:
      observedAt === undefined ? undefined : { targeted: targeted ?? 0, applied: applied ?? 0, observedAt },
    etag: row.etag,
  };
}
