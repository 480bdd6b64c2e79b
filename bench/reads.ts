import type { LedgerTable } from '../src/shared/azure/table-access.ts';
import type { Rollout } from '../src/shared/rollout/rollout.ts';
import { LedgerReads } from '../src/shared/status/ledger-reads.ts';
import { countedTable } from './counted-table.ts';
import { atMost, type BenchOptions, type BenchResult, type Figure } from './figure.ts';
import { ledgerWriter } from './ledger-recorders.ts';
import { benchRollouts, fleetBatches, type FleetShape } from './ledger-stream.ts';
import { measured, median } from './measure.ts';
import { orderedTable } from './ordered-table.ts';
import { type Services, withServices } from './services.ts';

/** What the app's HTTP reads ask of the ledger. */
const reads = {
  'counts of a rollout': (ledger, rollout) => ledger.countsOf(rollout),
  'one device with its history': (ledger, rollout) => ledger.deviceUpdate(rollout, 'devkit-000500'),
  'a page of 100 failed devices': (ledger, rollout) =>
    ledger.devicesOf(rollout, { state: 'Failed', limit: 100 }),
  'a page of 100 succeeded devices': (ledger, rollout) =>
    ledger.devicesOf(rollout, { state: 'Succeeded', limit: 100 }),
  'a page of 100 devices of any state': (ledger, rollout) => ledger.devicesOf(rollout, { limit: 100 }),
} satisfies Record<string, (ledger: LedgerReads, rollout: Rollout) => Promise<object | undefined>>;
type ReadName = keyof typeof reads;

/** Those whose requests must not grow with the fleet. */
const BOUNDED: ReadonlySet<ReadName> = new Set(['counts of a rollout', 'one device with its history']);

interface ReadCost {
  readonly requests: number;
  readonly rows: number;
  readonly ms: number;
}
type Costs = Record<ReadName, ReadCost>;

interface Store {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly newTable: () => Promise<LedgerTable>;
}

/** Reads of the ledger by the size of the fleet. */
export async function benchReads(options: BenchOptions): Promise<BenchResult> {
  const figures = await withServices(async (services) => {
    const perStore: Figure[] = [];
    for (const store of stores(services, options))
      perStore.push(...figuresOf(store, await costsBySize(store)));
    return perStore;
  });
  return { figures, notes: NOTES };
}

function stores(services: Services, { quick }: BenchOptions): Store[] {
  const sizes = quick ? [1000, 10_000] : [1000, 10_000, 100_000];
  return [
    { name: 'in memory', sizes, newTable: async () => orderedTable() },
    // Filling it with more would take an hour: it scans a partition for each row that it writes.
    { name: 'on Azurite', sizes: [1000, 10_000], newTable: () => services.newTable() },
  ];
}

async function costsBySize(store: Store): Promise<Map<number, Costs>> {
  const tables = new Map<number, { readonly table: LedgerTable; readonly rollout: Rollout }>();
  for (const size of store.sizes) tables.set(size, await seeded(store, size));
  const costs = new Map<number, Costs>();
  for (const [size, { table, rollout }] of tables) costs.set(size, await costsOf(table, rollout));
  return costs;
}

/** A fleet in its place, recorded by the ledger itself. */
async function seeded(store: Store, devices: number) {
  const shape: FleetShape = {
    devices,
    rollouts: 1,
    partitions: 4,
    // A batch as long as the partition: the reports of a device fold into one write, whatever their distance.
    batch: 4 * devices,
    seed: 3,
    failed: 'left',
  };
  const rollouts = benchRollouts(shape);
  const [rollout] = rollouts;
  if (rollout === undefined) throw new RangeError('There is no rollout to read');
  const table = await store.newTable();
  const record = ledgerWriter({ updates: table, deadLetters: orderedTable() }, rollouts);
  for (const batch of fleetBatches(shape)) await record(batch);
  return { table, rollout };
}

async function costsOf(table: LedgerTable, rollout: Rollout): Promise<Costs> {
  const costs: Partial<Costs> = {};
  for (const name of Object.keys(reads) as ReadName[]) {
    const counted = countedTable(table);
    const ledger = new LedgerReads(counted.table);
    await reads[name](ledger, rollout);
    const { requests, rowsRead } = counted.cost;
    costs[name] = { requests, rows: rowsRead, ms: await timeOf(() => reads[name](ledger, rollout)) };
  }
  return costs as Costs;
}

const WARM_UP = 10;
const REPEATS = 15;

async function timeOf(read: () => Promise<unknown>): Promise<number> {
  for (let repeat = 0; repeat < WARM_UP; repeat += 1) await read();
  const times: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) times.push((await measured(read)).wallMs);
  return median(times);
}

function figuresOf({ name: store, sizes: [base = 0] }: Store, bySize: ReadonlyMap<number, Costs>): Figure[] {
  const figures: Figure[] = [];
  for (const name of Object.keys(reads) as ReadName[]) {
    const smallest = bySize.get(base)?.[name];
    for (const [size, costs] of bySize) {
      const { requests, rows, ms } = costs[name];
      const label = `${name}, ${size.toLocaleString('en-US')} devices ${store}`;
      const isBounded = BOUNDED.has(name) && smallest !== undefined;
      figures.push(
        {
          figure: `${label}: reads`,
          value: requests,
          unit: 'requests',
          ...(isBounded && { goal: atMost(smallest.requests) }),
        },
        { figure: `${label}: rows`, value: rows, unit: 'rows' },
        { figure: `${label}: time`, value: ms, unit: 'ms' },
      );
      if (size !== base && smallest !== undefined) {
        figures.push({
          figure: `${label}: time, to ${base.toLocaleString('en-US')}`,
          value: ms / smallest.ms,
          unit: 'x',
        });
      }
    }
  }
  return figures;
}

const NOTES = [
  'The fleet has been through one rollout (1 % Failed), recorded by the ledger itself in 4 shards. Reads of counts and of one device have the goal not to grow.',
  'In memory: a table with the rules of Table Storage whose keys are in order, so that a read costs what it touches. It answers at once: its times are the CPU time of the app and of the table, not of a network.',
  'On Azurite: it answers every query by scanning the whole table, so its times grow with the fleet although the reads do not; Azure Table Storage seeks by key. 100,000 devices are too many for it.',
];
