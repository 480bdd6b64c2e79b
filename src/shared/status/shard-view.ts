import { MAX_PAGE, type TableAccess } from '../azure/table-access.ts';
import { prefixFilter } from '../azure/table-keys.ts';
import { type Counter, fromCounterRow, newCounter } from './counter-row.ts';
import { addCounts, type Counts, moveCounts, noCounts, type StateChange, totalOf } from './counts.ts';
import { DEVICE_COLUMNS, fromDeviceRow } from './device-row.ts';
import type { DeviceCache, KnownDevice } from './device-cache.ts';
import { inParallel } from './in-parallel.ts';
import { counterKey, deviceKey, deviceOfKey, rowPrefix } from './ledger-keys.ts';

export interface OwnCounter {
  /** Absent where this writer has not written here yet. */
  readonly etag: string | undefined;
  readonly counter: Counter;
}

/** Point reads in flight at once. */
const READS_AT_ONCE = 24;

/**
 * What an instance knows of one shard, as one writer: its own counter row, the counts of all writers,
 * and the device rows that it has met. A write never trusts it, etags decide. That something is *not*
 * written because of it is trusted only within one run, see `open`.
 */
export class ShardView {
  readonly partitionKey: string;
  readonly #writer: string;
  readonly #devices: DeviceCache;
  #own: OwnCounter | undefined;
  #run: number | undefined;
  #counts: Counts = noCounts;
  #misses = 0;
  /** A transaction was refused since the last one that was applied: something known was wrong. */
  #wasRefused = false;

  constructor(partitionKey: string, writer: string, devices: DeviceCache) {
    this.partitionKey = partitionKey;
    this.#writer = writer;
    this.#devices = devices;
  }

  /**
   * This writer's counter row. It is read where it is not known, and once for each `run`: an uninterrupted
   * reading of the Event Hub partition. After an interruption another instance may have written for this
   * writer; where its counter row has changed, nothing that was known of the shard is trusted any more.
   */
  async open(access: TableAccess, run: number): Promise<OwnCounter> {
    if (this.#own !== undefined && this.#run === run) return this.#own;
    const rows = await access.all(prefixFilter(this.partitionKey, rowPrefix.counter));
    const mine = rows.find((row) => row.rowKey === counterKey(this.#writer));
    if (this.#own === undefined || this.#own.etag !== mine?.etag) this.#devices.forgetAll();
    this.#own = { etag: mine?.etag, counter: mine === undefined ? newCounter : fromCounterRow(mine) };
    this.#counts = rows.map((row) => fromCounterRow(row).counts).reduce(addCounts, noCounts);
    this.#run = run;
    this.#misses = 0;
    // Counters that say "nobody" are not believed against a row that was there: no device would ever be read.
    if (totalOf(this.#counts) === 0 && !this.#wasRefused) this.#devices.beginComplete();
    return this.#own;
  }

  /** True where no device of the shard is on its way or came to no good end: a report of another version concerns none. */
  get isSettled(): boolean {
    const { Downloading, Verifying, Applying, Failed, Reverted } = this.#counts;
    return Downloading + Verifying + Applying + Failed + Reverted === 0;
  }

  /**
   * The rows of these devices as far as this instance knows, read where it does not: by point reads, or,
   * as soon as those have cost as much as reading the whole shard would, by reading the whole shard: at
   * most twice the cost of the better choice.
   */
  async load(access: TableAccess, deviceIds: readonly string[]): Promise<ReadonlyMap<string, KnownDevice>> {
    const known = new Map<string, KnownDevice>();
    const unknown = this.#takeKnown(deviceIds, known);
    if (unknown.length === 0) return known;
    this.#misses += unknown.length;
    const population = totalOf(this.#counts);
    if (this.#devices.fits(population) && this.#misses >= population / MAX_PAGE) await this.#loadAll(access);
    await inParallel(this.#takeKnown(unknown, known), READS_AT_ONCE, async (id) => {
      const row = await access.get(this.partitionKey, deviceKey(id), DEVICE_COLUMNS);
      known.set(id, row === undefined ? 'absent' : fromDeviceRow(row));
      this.#devices.set(id, row === undefined ? 'absent' : fromDeviceRow(row));
    });
    return known;
  }

  /** A transaction was applied: the counter row is now `own`, and devices changed their state. */
  committed(own: OwnCounter, changes: readonly StateChange[]): void {
    this.#own = own;
    this.#wasRefused = false;
    this.#counts = moveCounts(this.#counts, changes);
  }

  remember(deviceId: string, device: KnownDevice): void {
    this.#devices.set(deviceId, device);
  }

  /** Rows were not as they were known: the counter row, and these devices' rows. */
  forget(deviceIds: readonly string[]): void {
    this.#run = undefined;
    this.#wasRefused = true;
    for (const id of deviceIds) this.#devices.forget(id);
  }

  /** Puts what is cached into `known` and returns what is not. */
  #takeKnown(deviceIds: readonly string[], known: Map<string, KnownDevice>): readonly string[] {
    return deviceIds.filter((id) => {
      const device = this.#devices.get(id);
      if (device !== undefined) known.set(id, device);
      return device === undefined;
    });
  }

  async #loadAll(access: TableAccess): Promise<void> {
    const rows = await access.all(prefixFilter(this.partitionKey, rowPrefix.device), DEVICE_COLUMNS);
    this.#devices.beginComplete();
    for (const row of rows) this.#devices.set(deviceOfKey(row.rowKey ?? ''), fromDeviceRow(row));
    this.#misses = 0;
  }
}
