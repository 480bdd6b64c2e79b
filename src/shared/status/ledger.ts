import { setTimeout } from 'node:timers/promises';
import { type LedgerTable, TableAccess } from '../azure/table-access.ts';
import type { RolloutDirectory } from '../rollout/rollout.ts';
import { attributeReport, type AttributedReport } from './batch-attribution.ts';
import type { Watermark } from './counter-row.ts';
import { type DeadLetter, keepDeadLetters } from './dead-letters.ts';
import type { DeviceEndOutbox } from './device-end-outbox.ts';
import { DeviceCache, type SharedDeviceRows, sharedDeviceRows } from './device-cache.ts';
import type { Moved } from './device-move.ts';
import { type EventBatch, claimBefore, readEvents, writerOf } from './event-batch.ts';
import { inParallel } from './in-parallel.ts';
import { LruMap } from './lru-map.ts';
import { findRollouts } from './rollout-finder.ts';
import { commonShardRate, type ShardGroup, shardGroups } from './shard-groups.ts';
import { ShardView } from './shard-view.ts';
import { recordInShard, type ShardOutcome, type WriterContext } from './shard-writer.ts';
import type { DeviceReport, SkipReason } from './twin-change.ts';
import { wavesOf } from './waves.ts';

export interface BatchOutcome {
  readonly events: number;
  /** Events that are a device's report about its firmware. */
  readonly reports: number;
  /** How many entered a history; a report may enter two, and a repeated one none. */
  readonly recorded: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly deadLettered: number;
  /** Requests to the ledger's own tables. */
  readonly requests: number;
  /** Transactions that were refused or lost, and decided anew. */
  readonly conflicts: number;
  /** The share of the reports that fell into the commonest shard of their rollout: 1 where shards follow partitions. */
  readonly hintHitRate: number;
}

export interface LedgerOptions {
  readonly updates: LedgerTable;
  readonly deadLetters: LedgerTable;
  readonly directory: RolloutDirectory;
  /** Of devices that do not report `type`. */
  readonly defaultDeviceType: string;
  /** Where devices that fail or revert are announced; absent where nobody wants to hear of them. */
  readonly ends?: DeviceEndOutbox | undefined;
  /** From 0 to 1, the jitter of waits. */
  readonly random?: () => number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
  /** How many device rows are kept in memory. */
  readonly cachedDevices?: number;
}

/** 200,000 device rows are about 100 MB. */
const CACHED_DEVICES = 200_000;
const CACHED_SHARDS = 2000;
const SHARDS_AT_ONCE = 8;
const POINT_READS_AT_ONCE = 8;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 2000;

interface PartitionProgress {
  /** Numbers the uninterrupted readings of partitions by this instance. */
  readonly run: number;
  readonly sequence: number;
}

/**
 * Turns twin-change events into exact device updates, counts and histories. One instance serves all
 * partitions of a process, and several instances may write at once. Whatever is repeated, interrupted or
 * lost on the way, a report is recorded exactly once; docs/ledger.md says why.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #devices: SharedDeviceRows;
  readonly #views = new LruMap<ShardView>(CACHED_SHARDS);
  readonly #progress = new Map<string, PartitionProgress>();
  #runs = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#devices = sharedDeviceRows(options.cachedDevices ?? CACHED_DEVICES);
  }

  /**
   * Records a batch. What can never be understood becomes a dead letter and does not throw. Throws
   * ShardBusyError and TableUnavailableError (passing), TableRefusedError, and what the directory and
   * the announcement of ends throw; the batch, or a longer one that begins with it, must then come again.
   * `moved` is told of each state that a device entered, also where the batch then throws: the repetition
   * does not tell of it again.
   */
  async recordBatch(batch: EventBatch, moved: Moved = () => undefined): Promise<BatchOutcome> {
    const writer = writerOf(batch);
    const { reports, letters, skipped, first, last } = readEvents(batch.events);
    const progress = this.#continue(writer, first);
    const access = new TableAccess(this.#options.updates);
    const letterAccess = new TableAccess(this.#options.deadLetters);
    const rolloutsOf = await findRollouts(
      this.#options.directory,
      reports,
      this.#typeOf,
      progress.isContinued,
    );
    const groups: ShardGroup[] = [];
    const outcomes: ShardOutcome[] = [];

    await keepDeadLetters(letterAccess, writer, letters);
    const waves = wavesOf(reports);
    for (const [index, wave] of waves.entries()) {
      const attributed = await inParallel(wave, POINT_READS_AT_ONCE, async (item) =>
        attributeReport(item, rolloutsOf(this.#typeOf(item.report)), access),
      );
      const { concerns, unattributable } = sortOut(attributed, skipped);
      // Before its neighbours are recorded: after that, a repetition could no longer tell that it was one.
      await keepDeadLetters(letterAccess, writer, unattributable);
      letters.push(...unattributable);
      const inShards = shardGroups(concerns);
      const claim = claimBefore(batch.events, waves.slice(index + 1).flat());
      const { ends } = this.#options;
      const context: WriterContext = { access, writer, run: progress.run, ends, pause: this.#pause, moved };
      outcomes.push(...(await this.#recordGroups(inShards, claim, context)));
      groups.push(...inShards);
    }

    await this.#options.ends?.announce(groups, progress.isContinued, access);
    this.#progress.set(writer, { run: progress.run, sequence: last });
    return {
      events: batch.events.length,
      reports: reports.length,
      recorded: outcomes.reduce((sum, { recorded }) => sum + recorded, 0),
      skipped,
      deadLettered: letters.length,
      requests: access.requests + letterAccess.requests,
      conflicts: outcomes.reduce((sum, { conflicts }) => sum + conflicts, 0),
      hintHitRate: commonShardRate(groups),
    };
  }

  #recordGroups(groups: readonly ShardGroup[], claim: Watermark, context: WriterContext) {
    return inParallel(groups, SHARDS_AT_ONCE, async ({ rollout, partitionKey, reports }) => {
      const view = this.#view(partitionKey, context.writer);
      return recordInShard({ rollout, view, reports, claim }, context);
    });
  }

  /**
   * Whether this instance has read the partition without interruption up to `first`. Only then has it
   * seen everything that was recorded for the partition's devices, and may trust what it remembers.
   */
  #continue(writer: string, first: number): { readonly run: number; readonly isContinued: boolean } {
    const before = this.#progress.get(writer);
    if (before !== undefined && first <= before.sequence + 1) return { run: before.run, isContinued: true };
    this.#runs += 1;
    return { run: this.#runs, isContinued: false };
  }

  #view(partitionKey: string, writer: string): ShardView {
    const name = `${partitionKey}|${writer}`;
    const known = this.#views.get(name);
    if (known !== undefined) return known;
    const view = new ShardView(partitionKey, writer, new DeviceCache(this.#devices, name));
    this.#views.set(name, view);
    return view;
  }

  readonly #typeOf = (report: DeviceReport): string =>
    report.firmware.deviceType ?? this.#options.defaultDeviceType;

  readonly #pause = async (failures: number): Promise<void> => {
    const { random = Math.random, wait = setTimeout } = this.#options;
    await wait(random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures));
  };
}

type Concern = Extract<AttributedReport, { kind: 'concerns' }>;

/** What concerns rollouts, and what can be attributed to none; what is not ours is only counted. */
function sortOut(attributed: readonly AttributedReport[], skipped: Partial<Record<SkipReason, number>>) {
  const concerns: Concern[] = [];
  const unattributable: DeadLetter[] = [];
  for (const item of attributed) {
    switch (item.kind) {
      case 'concerns':
        concerns.push(item);
        break;
      case 'skip':
        skipped[item.reason] = (skipped[item.reason] ?? 0) + 1;
        break;
      case 'dead-letter':
        unattributable.push({ event: item.event, reason: item.reason });
        break;
    }
  }
  return { concerns, unattributable };
}
