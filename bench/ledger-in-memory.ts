import { atMost, type BenchOptions, type Figure } from './figure.ts';
import { ledgerWriter, type RecorderRun, runRecorder } from './ledger-recorders.ts';
import { benchRollouts, fleetBatches, type FleetShape } from './ledger-stream.ts';
import { maxEventBatchSize } from './host-settings.ts';
import { orderedTable } from './ordered-table.ts';

/**
 * Requests of the ledger for a fleet that Azurite could not hold in reasonable time. Requests do not
 * depend on how fast the store is, so a table in memory counts them as well.
 */
export async function ledgerInMemory({ quick }: BenchOptions): Promise<Figure[]> {
  const shape: FleetShape = {
    devices: quick ? 10_000 : 100_000,
    rollouts: 1,
    partitions: 4,
    batch: maxEventBatchSize(),
    seed: 2,
    failed: 'retried',
  };
  const warm = requestsPer1000(await run(shape, 1));
  const shared = requestsPer1000(await run(shape, 1, FRESH_EVERY));
  const fleet = `${shape.devices.toLocaleString('en-US')} devices in memory`;
  const figures: Figure[] = [
    {
      figure: `${fleet}, ledger: requests per 1,000 events`,
      value: warm,
      unit: 'requests',
      goal: atMost(12),
    },
    {
      figure: `${fleet}, a new instance for all partitions every ${FRESH_EVERY} batches: requests, to warm`,
      value: shared / warm,
      unit: 'x',
      goal: atMost(1.4),
    },
  ];
  // A smaller fleet has no 50th batch in a partition.
  if (quick) return figures;
  const perPartition = requestsPer1000(await run(shape, shape.partitions, FRESH_EVERY));
  return [
    ...figures,
    {
      figure: `${fleet}, a new instance for each partition every ${FRESH_EVERY} of its batches: requests, to warm`,
      value: perPartition / warm,
      unit: 'x',
      goal: atMost(1.4),
    },
  ];
}

const FRESH_EVERY = 50;

async function run(shape: FleetShape, writers: number, freshEvery?: number): Promise<RecorderRun> {
  const tables = { updates: orderedTable(), deadLetters: orderedTable() };
  const rollouts = benchRollouts(shape);
  return runRecorder(
    () => fleetBatches(shape),
    writers,
    () => ledgerWriter(tables, rollouts, freshEvery),
  );
}

function requestsPer1000({ requests, events }: RecorderRun): number {
  return (1000 * requests) / events;
}
