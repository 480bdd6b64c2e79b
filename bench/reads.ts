import type { TableClient } from '@azure/data-tables';
import type { LedgerTable } from '../src/shared/azure/table-access.ts';
import type { Rollout } from '../src/shared/rollout/rollout.ts';
import type { DeviceUpdateState } from '../src/shared/status/device-update.ts';
import { noCost, type TableCost } from './counted-table.ts';
import { atMost, type BenchOptions, type BenchResult, type Figure } from './figure.ts';
import { lateDevices } from './late-devices.ts';
import { ledgerWriter } from './ledger-recorders.ts';
import { benchRollouts, fleetBatches, type FleetShape } from './ledger-stream.ts';
import { measured, median } from './measure.ts';
import { orderedTable } from './ordered-table.ts';
import { keepRollout, type ReadsApp, readsApp } from './reads-app.ts';
import { type Services, withServices } from './services.ts';

const ROLLOUT = '/rollouts/fw-iotdevkit-1-0-1';

interface Answer {
  readonly ask: (app: ReadsApp, rollout: Rollout) => Promise<void>;
  /** Its reads must not grow with the fleet. */
  readonly isBounded: boolean;
}

const get = (path: string): Answer => ({ ask: async (app) => app.get(path), isBounded: true });
const page = (state: DeviceUpdateState | undefined, isBounded: boolean): Answer => ({
  ask: async (app, rollout) => app.page(rollout, { state, limit: 100 }),
  isBounded,
});

/** What people and programs ask for. */
const answers = {
  'a rollout': get(ROLLOUT),
  'its counts over time': get(`${ROLLOUT}/counts`),
  'its failures by reason': get(`${ROLLOUT}/failures`),
  'a page of 100 devices': page(undefined, true),
  'a page of 100 failed devices': page('Failed', true),
  'a page of 100 reverted devices': page('Reverted', true),
  'a page of 100 succeeded devices': page('Succeeded', true),
  'a page of 100 devices that are downloading': page('Downloading', false),
} satisfies Record<string, Answer>;
type AnswerName = keyof typeof answers;
const names = Object.keys(answers) as AnswerName[];

interface Cost extends TableCost {
  readonly ms: number;
}
type Costs = Readonly<Record<AnswerName, Cost>>;

interface Store {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly newTable: () => Promise<LedgerTable>;
}

/** Reads of the API by the size of the fleet. */
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
    { name: 'on Azurite', sizes: [1000, 10_000], newTable: async () => services.newTable() },
  ];
}

async function costsBySize(store: Store): Promise<Map<number, Costs>> {
  const seeds = new Map<number, Seeded>();
  for (const size of store.sizes) seeds.set(size, await seeded(store, size));
  const costs = new Map<number, Costs>();
  for (const [size, { app, rollout }] of seeds) costs.set(size, await costsOf(app, rollout));
  return costs;
}

interface Seeded {
  readonly app: ReadsApp;
  readonly rollout: Rollout;
}

/** A fleet in its place, recorded by the ledger itself. */
async function seeded(store: Store, devices: number): Promise<Seeded> {
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
  const updates = await store.newTable();
  const record = ledgerWriter({ updates, deadLetters: orderedTable() }, rollouts);
  for (const batch of [...fleetBatches(shape), ...lateDevices(shape)]) await record(batch);
  // The stores ask no more of a client than a LedgerTable has.
  const table = async () => (await store.newTable()) as unknown as TableClient;
  const tables = { updates, rollouts: await table(), releases: await table() };
  await keepRollout(tables, rollout);
  return { app: readsApp(tables), rollout };
}

async function costsOf(app: ReadsApp, rollout: Rollout): Promise<Costs> {
  const costs = new Map<AnswerName, Cost>();
  for (const name of names) {
    const { ask }: Answer = answers[name];
    Object.assign(app.cost, noCost());
    await ask(app, rollout);
    const { ...cost } = app.cost;
    costs.set(name, { ...cost, ms: await timeOf(async () => ask(app, rollout)) });
  }
  return Object.fromEntries(costs) as Costs;
}

const WARM_UP = 10;
const REPEATS = 15;

async function timeOf(read: () => Promise<unknown>): Promise<number> {
  for (let repeat = 0; repeat < WARM_UP; repeat += 1) await read();
  const times: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) times.push((await measured(read)).wallMs);
  return median(times);
}

/** Readings of one answer by the size of the fleet; each size is compared with the smallest one. */
function figuresOf({ name: store, sizes: [base = 0] }: Store, bySize: ReadonlyMap<number, Costs>): Figure[] {
  return names.flatMap((name) =>
    [...bySize].flatMap(([size, costs]) => {
      const label = `${name}, ${size.toLocaleString('en-US')} devices ${store}`;
      const smallest = bySize.get(base)?.[name];
      const { requests, rowsRead, rowsScanned, ms } = costs[name];
      const figures: Figure[] = [
        { figure: `${label}: reads`, value: requests, unit: 'requests' },
        { figure: `${label}: rows`, value: rowsRead, unit: 'rows' },
      ];
      if (rowsScanned > rowsRead)
        figures.push({ figure: `${label}: rows looked at`, value: rowsScanned, unit: 'rows' });
      figures.push({ figure: `${label}: time`, value: ms, unit: 'ms' });
      if (size === base || smallest === undefined) return figures;
      const to = `to ${base.toLocaleString('en-US')}`;
      const goal = answers[name].isBounded ? { goal: atMost(1) } : {};
      figures.push(
        { figure: `${label}: reads, ${to}`, value: requests / smallest.requests, unit: 'x', ...goal },
        { figure: `${label}: time, ${to}`, value: ms / smallest.ms, unit: 'x' },
      );
      return figures;
    }),
  );
}

const NOTES = [
  'A rollout, its counts and its failures are answers of the HTTP operations, through their own routes and stores; a page is what a list of devices reads beside the row of the rollout. The fleet has been through one rollout (1 % Failed, and of each thousand one Reverted and one still Downloading), recorded by the ledger itself in 4 shards. Reads with a goal are those that must not grow with the fleet.',
  'A page takes one read for each shard that it touches, so few devices in all shards cost more reads than a hundred in the first one. Failed and reverted devices have an index. Of the other states the device rows are filtered: "rows looked at" says of how many, and Table Storage may cut a request that looks at many rows into several (5 s each at most); with few devices at work in a large fleet, such a page costs more than it shows.',
  'In memory: a table with the rules of Table Storage whose keys are in order, so that a read costs what it touches. It answers at once: its times are the CPU time of the app and of the table, not of a network.',
  'On Azurite: it answers every query by scanning the whole table, so its times grow with the fleet although the reads do not; Azure Table Storage seeks by key. 100,000 devices are too many for it.',
];
