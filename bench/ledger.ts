import type { TableClient } from '@azure/data-tables';
import type { BenchOptions, BenchResult, Figure } from './figure.ts';
import { maxEventBatchSize } from './host-settings.ts';
import { coldFiguresOf, figuresOf, type Recorder } from './ledger-figures.ts';
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
import { benchRollouts, fleetBatches, type FleetShape, type StreamBatch } from './ledger-stream.ts';
import { interleaved } from './measure.ts';
import { type Services, withServices } from './services.ts';

/** After so many batches of the stream, all instances are new and know nothing. */
const FRESH_EVERY = 50;
const PARTITIONS = 4;

/** The ledger against the store alone and against a naive recorder, on Azurite; and its requests for a large fleet. */
export async function benchLedger({ quick }: BenchOptions): Promise<BenchResult> {
  const shape = fleetShape(quick ? 1000 : 2000, 1);
  const onAzurite = await withServices(async (services) => {
    const figures: Figure[] = [];
    for (const writers of [1, PARTITIONS]) {
      const tasks = await recorders(services, shape, writers);
      // The first one would pay for the compilation that all of them need.
      if (writers === 1) await tasks.warm();
      figures.push(...figuresOf(await interleaved(quick ? 2 : 9, tasks), writers));
      if (!quick) figures.push(...coldFiguresOf(await coldRuns(services, writers), writers));
    }
    return figures;
  });
  return { figures: [...onAzurite, ...(await ledgerInMemory({ quick }))], notes: notesOf(shape, quick) };
}

/**
 * Azurite looks a row up by scanning its partition and answers a query by scanning the table, so the
 * fleet is small: 500 devices a shard.
 */
function fleetShape(devices: number, rollouts: number): FleetShape {
  const batch = maxEventBatchSize();
  return { devices, rollouts, partitions: PARTITIONS, batch, seed: 1, failed: 'retried' };
}

async function recorders(services: Services, shape: FleetShape, writers: number) {
  const batches = [...fleetBatches(shape)];
  const rollouts = benchRollouts(shape);
  const [first] = batches;
  const [rollout] = rollouts;
  if (first === undefined || rollout === undefined)
    throw new RangeError('A fleet without events cannot be benched');
  const row = await sampleDeviceRow(shape, first);
  const deadLetters = await services.newTable();
  const ours = (updates: TableClient) => ledgerWriter({ updates, deadLetters }, rollouts);
  // It takes so long that only its first batches are awaited, one of each partition.
  const beginning = batches.slice(0, PARTITIONS);
  return {
    raw: onNewTable(services, batches, writers, (table) => rawWriter(table, row, 'Replace')),
    merges: onNewTable(services, batches, writers, (table) => rawWriter(table, row, 'Merge')),
    naive: onNewTable(services, beginning, writers, (table) => naiveWriter(table, rollout)),
    warm: onNewTable(services, batches, writers, ours),
  } satisfies Record<Recorder, () => Promise<RecorderRun>>;
}

/** The ledger through several rollouts, so that there are enough batches, with one instance and with new ones. */
async function coldRuns(services: Services, writers: number) {
  const shape = fleetShape(2000, 5);
  const batches = [...fleetBatches(shape)];
  const rollouts = benchRollouts(shape);
  const deadLetters = await services.newTable();
  const ours = (freshEvery: number) =>
    onNewTable(services, batches, writers, (updates) =>
      ledgerWriter({ updates, deadLetters }, rollouts, freshEvery),
    );
  return interleaved(2, {
    warm: ours(Number.POSITIVE_INFINITY),
    cold: ours(Math.floor(FRESH_EVERY / writers)),
  });
}

function onNewTable(
  services: Services,
  stream: readonly StreamBatch[],
  writers: number,
  newWriter: (table: TableClient) => RecordBatch,
): () => Promise<RecorderRun> {
  return async () => {
    const table = await services.newTable();
    try {
      return await runRecorder(
        () => stream,
        writers,
        () => newWriter(table),
      );
    } finally {
      await table.deleteTable();
    }
  };
}

function notesOf({ devices, partitions, batch }: FleetShape, quick: boolean): string[] {
  return [
    `On Azurite, in a process of its own: ${devices} DevKits go through a rollout and report Downloading, Applying, Current (1 % Error, and then all of it again); ${partitions} Event Hub partitions, full batches of ${batch} (host.json). Azurite scans a partition for a row, so a partition holds only ${devices / partitions} devices; Azure Table Storage does not scan. ${quick ? 'Two' : 'Nine'} rounds, interleaved; medians, and medians of ratios within a round.`,
    'raw: transactions of 100 whole device rows (upsert, replace), nothing read or decided; an event is a row. merges: the same with upserts that merge.',
    "naive: for each event one upsert of a history row and one of the state, awaited in order, 8 events of a batch at a time, no etags, no counts. It gets only the first batch of each partition, and its state rows lie in partitions as small as the ledger's: both are kind to it.",
    'For each row that it writes, the ledger does what raw does, and reads and decides beside it. So it can be faster than raw only as far as reports fold into fewer writes and as a merge is cheaper than a replace; the CPU figures show what deciding costs. Azurite on loopback has no round trips to save, so the naive recorder loses less here than over a network; with less than two cores free, client and Azurite compete and the CPU of the client decides.',
    'Requests are those to the tables of the ledger; finding the rollouts costs one more read a minute and instance. CPU is that of the recording process, without Azurite. Reports of one device in one batch are folded into one write: "entity writes" says how many are left.',
    `cold: five rollouts one after the other, and after every ${FRESH_EVERY} batches of the stream all instances are new; against one instance on the same stream.${quick ? ' Not run quickly.' : ''}`,
    'In memory: requests do not depend on the store, so a fleet that Azurite could not hold is counted on a table in memory that keeps the rules of Table Storage. There, reports of one device hardly ever meet in a batch: nothing is folded.',
    'A batch of 3 x 99 devices fills three transactions to the last operation. One failing device in it adds a row to the index of failed devices, and so a fourth transaction.',
  ];
}
