import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { Rollout } from '../src/shared/rollout/rollout.ts';
import { inParallel } from '../src/shared/status/in-parallel.ts';
import { Ledger } from '../src/shared/status/ledger.ts';
import { shardKey, shardOf } from '../src/shared/status/ledger-keys.ts';
import { type RawTwinEvent, readTwinChange } from '../src/shared/status/twin-change.ts';
import { orderedTable } from './ordered-table.ts';
import { countedTable } from './counted-table.ts';
import { benchRollouts, type FleetShape, type StreamBatch } from './ledger-stream.ts';
import { measured } from './measure.ts';

/** What one run of a recorder cost. For the raw store an event is an entity. */
export interface RecorderRun {
  readonly events: number;
  readonly seconds: number;
  readonly requests: number;
  readonly entityWrites: number;
  readonly conflicts: number;
  readonly cpuMs: number;
  readonly batchMs: readonly number[];
}

/** Records one batch and says how many requests, entity writes and conflicts that took. */
export type RecordBatch = (
  batch: StreamBatch,
) => Promise<Omit<RecorderRun, 'events' | 'seconds' | 'cpuMs' | 'batchMs'>>;

/**
 * Runs the batches through `writers` writers at once: one takes all partitions in turn, several take each
 * their own partitions. `newStream` gives the same batches to each of them.
 */
export async function runRecorder(
  newStream: () => Iterable<StreamBatch>,
  writers: number,
  newWriter: () => RecordBatch,
): Promise<RecorderRun> {
  const batchMs: number[] = [];
  const costs: Awaited<ReturnType<RecordBatch>>[] = [];
  let events = 0;
  const writer = async (index: number): Promise<void> => {
    const record = newWriter();
    for (const batch of newStream()) {
      if (batch.partition % writers !== index) continue;
      const { result, wallMs } = await measured(() => record(batch));
      costs.push(result);
      batchMs.push(wallMs);
      events += batch.events.length;
    }
  };
  const all = await measured(() => Promise.all(Array.from({ length: writers }, (_, index) => writer(index))));
  const sum = (of: (cost: (typeof costs)[number]) => number): number =>
    costs.reduce((total, cost) => total + of(cost), 0);
  return {
    events,
    seconds: all.wallMs / 1000,
    requests: sum(({ requests }) => requests),
    entityWrites: sum(({ entityWrites }) => entityWrites),
    conflicts: sum(({ conflicts }) => conflicts),
    cpuMs: all.cpuMs,
    batchMs,
  };
}

/** Ours; a new instance every `freshEvery` batches of the writer has nothing in its memory. */
export function ledgerWriter(
  tables: Pick<ConstructorParameters<typeof Ledger>[0], 'updates' | 'deadLetters'>,
  rollouts: readonly Rollout[],
  freshEvery = Number.POSITIVE_INFINITY,
): RecordBatch {
  const updates = countedTable(tables.updates);
  const open = () =>
    new Ledger({
      updates: updates.table,
      deadLetters: tables.deadLetters,
      directory: { ofDeviceType: async () => rollouts },
      defaultDeviceType: 'IoTDevKit',
    });
  let ledger = open();
  let done = 0;
  return async ({ partition, events }) => {
    if (done > 0 && done % freshEvery === 0) ledger = open();
    done += 1;
    const before = updates.cost.writes;
    const outcome = await ledger.recordBatch({
      stream: 'bench/twin-changes',
      partition: String(partition),
      events,
    });
    if (outcome.recorded < events.length) throw new BenchLostEventsError(outcome.recorded, events.length);
    return {
      requests: outcome.requests,
      conflicts: outcome.conflicts,
      entityWrites: updates.cost.writes - before,
    };
  };
}

/** The ledger did not record what it was given: a figure from such a run would be worth nothing. */
export class BenchLostEventsError extends Error {
  readonly code = 'BENCH_LOST_EVENTS';
  constructor(recorded: number, given: number) {
    super(`${recorded} of ${given} events of a batch were recorded`);
    this.name = 'BenchLostEventsError';
  }
}

/** Events of a batch that a table sample works on at once. */
const NAIVE_AT_ONCE = 8;

/**
 * What a table sample for Functions does: for each event one upsert of a history row and one of the
 * device's state, awaited in this order. No etags, no counts, wrong where events come twice or late.
 * Its partitions are as small as the ledger's, which is kind to it: Azurite looks a row up by scanning.
 */
export function naiveWriter(table: TableClient, rollout: Pick<Rollout, 'id' | 'shards'>): RecordBatch {
  const record = async (event: RawTwinEvent): Promise<void> => {
    const change = readTwinChange(event);
    if (change.kind !== 'report') return;
    const { deviceId, version, firmware, hubTime } = change.report;
    const { status, substatus, currentVersion = '', pendingVersion = '' } = firmware;
    const row = { status, substatus, currentVersion, pendingVersion, hubTime, version };
    await table.upsertEntity({
      partitionKey: `history|${deviceId}`,
      rowKey: String(version).padStart(10, '0'),
      ...row,
    });
    await table.upsertEntity({
      partitionKey: shardKey(rollout.id, shardOf(rollout, deviceId)),
      rowKey: deviceId,
      ...row,
    });
  };
  return async ({ events }) => {
    await inParallel(events, NAIVE_AT_ONCE, record);
    return { requests: 2 * events.length, entityWrites: 2 * events.length, conflicts: 0 };
  };
}

const TRANSACTION = 100;

/**
 * The store alone: transactions of 100 rows like the ledger's, nothing read, nothing decided. `Replace`
 * writes whole rows, `Merge` adds to rows that are there, as most of the ledger's writes do.
 */
export function rawWriter(
  table: TableClient,
  row: Readonly<Record<string, unknown>>,
  mode: 'Replace' | 'Merge',
): RecordBatch {
  return async ({ partition, events }) => {
    let requests = 0;
    for (let from = 0; from < events.length; from += TRANSACTION) {
      const actions = events.slice(from, from + TRANSACTION).map(({ sequenceNumber }): TransactionAction => {
        const entity = { ...row, partitionKey: `raw|${partition}`, rowKey: `d|${sequenceNumber % RAW_ROWS}` };
        return ['upsert', entity, mode];
      });
      await table.submitTransaction(actions);
      requests += 1;
    }
    return { requests, entityWrites: events.length, conflicts: 0 };
  };
}

/** In a partition: about as many as the ledger's have. */
const RAW_ROWS = 500;

/** A device row as the ledger writes it, made by the ledger. */
export async function sampleDeviceRow(
  shape: FleetShape,
  first: StreamBatch,
): Promise<Record<string, unknown>> {
  const updates = orderedTable();
  const rollouts = benchRollouts(shape);
  await ledgerWriter({ updates, deadLetters: orderedTable() }, rollouts)(first);
  const filter = `PartitionKey eq '${rollouts.at(-1)?.id}|${String(first.partition).padStart(3, '0')}' and RowKey gt 'd|' and RowKey lt 'd}'`;
  for await (const [row] of updates.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: 1 })) {
    if (row !== undefined) {
      const { etag: _etag, partitionKey: _partition, rowKey: _row, ...columns } = row;
      return columns;
    }
  }
  throw new BenchLostEventsError(0, first.events.length);
}
