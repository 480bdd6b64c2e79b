import type { TableClient } from '@azure/data-tables';
import type { BenchOptions, BenchResult, Figure } from './figure.ts';
import { maxEventBatchSize } from './host-settings.ts';
import { figuresOf, type Recorder } from './ledger-figures.ts';
import { ledgerInMemory } from './ledger-in-memory.ts';
import {
  ledgerWriter,
  naiveWriter,
  rawWriter,
  type RecordBatch,
  type RecorderRun,
  runRecorder,
  sampleDeviceRow,
} from './ledger-recorders.ts';
import { benchRollouts, fleetBatches, type FleetShape } from './ledger-stream.ts';
import { interleaved } from './measure.ts';
import { type Services, withServices } from './services.ts';

/** After so many batches of the stream, all instances are new and know nothing. */
const FRESH_EVERY = 50;

/** The ledger against the store alone and against a naive recorder, on Azurite; and its requests for a large fleet. */
export async function benchLedger({ quick }: BenchOptions): Promise<BenchResult> {
  const shape = fleetShape(quick);
  const onAzurite = await withServices(async (services) => {
    const figures: Figure[] = [];
    for (const writers of [1, shape.partitions]) {
      const tasks = await recorders(services, shape, writers);
      // The first one would pay for the compilation that all of them need.
      if (writers === 1) await tasks.warm();
      figures.push(...figuresOf(await interleaved(quick ? 1 : 3, tasks), writers));
    }
    return figures;
  });
  return { figures: [...onAzurite, ...(await ledgerInMemory({ quick }))], notes: notesOf(shape, quick) };
}

/**
 * Azurite looks a row up by scanning its partition and answers a query by scanning the table, so the
 * fleet is small and goes through several rollouts instead. Quickly there is just one, and so no 50th batch.
 */
function fleetShape(quick: boolean): FleetShape {
  const batch = maxEventBatchSize();
  return {
    devices: quick ? 1200 : 2000,
    rollouts: quick ? 1 : 5,
    partitions: 4,
    batch,
    seed: 1,
    failed: 'retried',
  };
}

async function recorders(services: Services, shape: FleetShape, writers: number) {
  const rollouts = benchRollouts(shape);
  const [newest] = rollouts;
  const batches = [...fleetBatches(shape)];
  const [first] = batches;
  if (first === undefined || newest === undefined)
    throw new RangeError('A fleet without events cannot be benched');
  const row = await sampleDeviceRow(shape, first);
  const deadLetters = await services.newTable();
  // The store and the slow recorder get the first rollout only: their partitions are full then as well.
  const firstRollout = batches.slice(0, Math.ceil(batches.length / shape.rollouts));

  const onNewTable = async (
    stream: typeof batches,
    record: (table: TableClient) => RecordBatch,
  ): Promise<RecorderRun> => {
    const table = await services.newTable();
    try {
      return await runRecorder(
        () => stream,
        writers,
        () => record(table),
      );
    } finally {
      await table.deleteTable();
    }
  };
  const ours = async (freshEvery?: number) =>
    onNewTable(batches, (updates) => ledgerWriter({ updates, deadLetters }, rollouts, freshEvery));
  return {
    raw: async () => onNewTable(firstRollout, (table) => rawWriter(table, row, 'Replace')),
    merges: async () => onNewTable(firstRollout, (table) => rawWriter(table, row, 'Merge')),
    naive: async () => onNewTable(firstRollout, (table) => naiveWriter(table, newest)),
    warm: async () => ours(),
    cold: async () => ours(Math.floor(FRESH_EVERY / writers)),
  } satisfies Record<Recorder, () => Promise<RecorderRun>>;
}

function notesOf(shape: FleetShape, quick: boolean): string[] {
  const { devices, rollouts, partitions, batch } = shape;
  return [
    `On Azurite, in a process of its own: ${devices} DevKits go through ${rollouts} rollout(s) and report Downloading, Applying, Current (1 % Error, and then all of it again); ${partitions} Event Hub partitions, full batches of ${batch} (host.json). Azurite scans a partition for a row, so a partition holds only about ${devices / partitions} rows; Azure Table Storage does not scan. ${quick ? 'One round' : 'Three rounds, interleaved; medians of rates, and of ratios within a round'}.`,
    'raw: transactions of 100 whole device rows (upsert, replace), nothing read or decided; an event is a row. merges: the same with upserts that merge.',
    "naive: for each event one upsert of a history row and one of the state, awaited in order, 8 events of a batch at a time, no etags, no counts. Its state rows lie in partitions as small as the ledger's, which is kind to it.",
    'Requests are those to the ledger\'s own tables; finding the rollouts costs one more read a minute and instance. CPU is that of the recording process, without Azurite. Reports of one device in one batch are folded into one write: "entity writes" says how many are left.',
    `cold: after every ${FRESH_EVERY} batches of the stream all instances are new.${quick ? ' Quickly the stream is shorter than that with one writer.' : ''}`,
    'In memory: requests do not depend on the store, so a fleet that Azurite could not hold is counted on a table in memory that keeps the rules of Table Storage.',
  ];
}
