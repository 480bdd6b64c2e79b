import type { TransactionAction } from '@azure/data-tables';
import type { TableAccess } from '../azure/table-access.ts';
import { fitsTransaction, sizeOf } from '../azure/table-limits.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { advance, isApplied, toCounterColumns, type Watermark } from './counter-row.ts';
import { moveCounts } from './counts.ts';
import { type DevicePlan, type DeviceWrites, planDevice, stateChange, writesOf } from './device-plan.ts';
import type { DeviceEndOutbox } from './device-end-outbox.ts';
import { type Moved, movesOf } from './device-move.ts';
import { counterKey, deviceKey } from './ledger-keys.ts';
import type { OwnCounter, ShardView } from './shard-view.ts';
import { namedVersion } from './attribution.ts';
import type { DeviceReport } from './twin-change.ts';
import { sameVersion } from '../firmware/version.ts';

/** What one batch brings for one shard. */
export interface ShardWork {
  readonly rollout: Rollout;
  readonly view: ShardView;
  /** By device, each in the order of the Event Hub. */
  readonly reports: ReadonlyMap<string, readonly DeviceReport[]>;
  /** Up to here everything of the writer's partition is applied once these reports are. */
  readonly claim: Watermark;
}

export interface WriterContext {
  readonly access: TableAccess;
  readonly writer: string;
  readonly run: number;
  /** Where devices that fail or revert are announced. */
  readonly ends: DeviceEndOutbox | undefined;
  /** Waits before the next try; `failures` counts from 1. */
  readonly pause: (failures: number) => Promise<void>;
  readonly moved: Moved;
}

export interface ShardOutcome {
  /** Reports that entered a history. */
  readonly recorded: number;
  /** Transactions that were refused, or whose fate is not known, and were decided anew. */
  readonly conflicts: number;
}

/** In a row; a shard with more is in a state that waiting may change, not trying. */
const MAX_FAILURES = 8;

/** A shard could not be written after many tries; the same batch may succeed later. */
export class ShardBusyError extends Error {
  readonly code = 'ledger-shard-busy';

  constructor(partitionKey: string, cause: unknown) {
    super(`The shard ${partitionKey} refused ${MAX_FAILURES} transactions in a row`, { cause });
    this.name = 'ShardBusyError';
  }
}

/**
 * Applies the reports to one shard in as few transactions as the limits allow. Each holds device rows,
 * guarded by their etags, and the writer's counter row with the change of the counts, guarded by its own:
 * rows and counts move together or not at all. Whatever goes wrong, what is known is read again and the
 * reports are decided anew; their versions make that harmless. Throws ShardBusyError (passing), and what
 * the table throws.
 */
export async function recordInShard(work: ShardWork, context: WriterContext): Promise<ShardOutcome> {
  let rest = [...work.reports];
  let recorded = 0;
  let conflicts = 0;
  for (let failures = 0; ;) {
    const round = await recordRound(work, context, rest);
    recorded += round.recorded;
    if (round.failure === undefined) return { recorded, conflicts };
    rest = rest.filter(([id]) => !round.done.has(id));
    conflicts += 1;
    failures = round.done.size > 0 ? 1 : failures + 1;
    if (failures === MAX_FAILURES) throw new ShardBusyError(work.view.partitionKey, round.failure.cause);
    await context.pause(failures);
  }
}

interface Round {
  readonly recorded: number;
  /** Devices whose reports are applied. */
  readonly done: ReadonlySet<string>;
  /** Absent where everything is applied. */
  readonly failure: { readonly cause: unknown } | undefined;
}

/**
 * Decides once on all that is pending, and applies it transaction by transaction until one fails. What is
 * decided stays right meanwhile: the rows of the other devices are guarded by their etags.
 */
async function recordRound(
  work: ShardWork,
  context: WriterContext,
  rest: readonly Pending[],
): Promise<Round> {
  const done = new Set<string>();
  let recorded = 0;
  let plans = await plansFor(work, context, rest);
  while (plans.length > 0) {
    const own = await work.view.open(context.access, context.run);
    const chunk = await nextTransaction(work, plans, context);
    const failure = await submit(work, context, own, chunk, chunk.length === plans.length);
    if (failure !== undefined) return { recorded, done, failure };
    for (const { plan } of chunk) {
      done.add(plan.deviceId);
      for (const move of movesOf(plan, work.rollout)) context.moved(move);
    }
    recorded += chunk.reduce((sum, { plan }) => sum + plan.entries.length, 0);
    plans = plans.slice(chunk.length);
  }
  return { recorded, done, failure: undefined };
}

/** What is to be written for the reports, as far as is known now. */
async function plansFor(
  work: ShardWork,
  { access, run }: WriterContext,
  rest: readonly Pending[],
): Promise<readonly DevicePlan[]> {
  const { view, rollout } = work;
  const own = await view.open(access, run);
  // Asked anew in each round: what looked as if it concerned nobody may have been an old view's opinion.
  const pending = remaining(rest, own.counter.watermark, work);
  if (pending.length === 0) return [];
  const known = await view.load(
    access,
    pending.map(([id]) => id),
  );
  const plans = pending.flatMap(
    ([id, reports]) => planDevice(id, known.get(id) ?? 'absent', reports, rollout) ?? [],
  );
  // The rows know these reports, the counters did not: another owner of the partition wrote in between.
  if (plans.length === 0) view.forget([]);
  return plans;
}

type Pending = [deviceId: string, reports: readonly DeviceReport[]];

/** Without what this writer has applied before, and without devices that the reports cannot concern. */
function remaining(
  pending: readonly Pending[],
  watermark: Watermark,
  { view, rollout }: ShardWork,
): Pending[] {
  return pending.flatMap(([id, reports]): Pending[] => {
    const fresh = reports.filter(
      ({ sequenceNumber, enqueuedAt }) => !isApplied({ sequence: sequenceNumber, enqueuedAt }, watermark),
    );
    const concerned = !view.isSettled || fresh.some((report) => !isOfOtherVersion(report, rollout));
    return fresh.length > 0 && concerned ? [[id, fresh]] : [];
  });
}

function isOfOtherVersion(report: DeviceReport, rollout: Rollout): boolean {
  const version = namedVersion(report);
  return version !== undefined && !sameVersion(version, rollout.version);
}

/** As many devices as one transaction takes, with the counter row; at least one. */
async function nextTransaction(
  { view: { partitionKey } }: ShardWork,
  plans: readonly DevicePlan[],
  { access, ends }: WriterContext,
): Promise<DeviceWrites[]> {
  const chunk: DeviceWrites[] = [];
  let operations = 1;
  let bytes = 0;
  for (const plan of plans) {
    const needsRow = plan.overflows && plan.before !== 'absent';
    const row = needsRow ? await access.get(partitionKey, deviceKey(plan.deviceId)) : undefined;
    const writes = writesOf(partitionKey, plan, row, ends !== undefined);
    operations += writes.actions.length;
    bytes += writes.actions.reduce((sum, action) => sum + sizeOf(action), 0);
    if (chunk.length > 0 && !fitsTransaction(operations, bytes)) return chunk;
    chunk.push(writes);
  }
  return chunk;
}

/** Undefined after success; else what is known is forgotten as far as it may be wrong. */
async function submit(
  { rollout, view, claim }: ShardWork,
  { access, writer, ends }: WriterContext,
  own: OwnCounter,
  chunk: readonly DeviceWrites[],
  isLast: boolean,
): Promise<{ readonly cause: unknown } | undefined> {
  const changes = chunk.flatMap(({ plan }) => stateChange(plan) ?? []);
  const counter = {
    counts: moveCounts(own.counter.counts, changes),
    watermark: isLast ? advance(own.counter.watermark, claim) : own.counter.watermark,
  };
  const columns = {
    partitionKey: view.partitionKey,
    rowKey: counterKey(writer),
    ...toCounterColumns(counter),
  };
  const counterAction: TransactionAction =
    own.etag === undefined ? ['create', columns] : ['update', columns, 'Replace', { etag: own.etag }];
  // Before: where the answer is lost, the rows may be there all the same.
  if (chunk.some(({ announcesEnds }) => announcesEnds))
    ends?.note({ rollout, partitionKey: view.partitionKey });
  const outcome = await access.submit([counterAction, ...chunk.flatMap(({ actions }) => actions)]);
  if (outcome.kind === 'committed') {
    view.committed({ etag: outcome.etags[0], counter }, changes);
    rememberDevices(view, chunk, outcome.etags);
    return undefined;
  }
  const counterOnly = outcome.kind === 'conflict' && outcome.index === 0;
  view.forget(counterOnly ? [] : chunk.map(({ plan }) => plan.deviceId));
  return { cause: outcome.kind === 'unknown' ? outcome.cause : undefined };
}

function rememberDevices(
  view: ShardView,
  chunk: readonly DeviceWrites[],
  etags: readonly (string | undefined)[],
): void {
  let at = 1;
  for (const { plan, actions, embedded } of chunk) {
    const etag = etags[at];
    if (etag === undefined) view.forget([plan.deviceId]);
    else view.remember(plan.deviceId, { etag, update: plan.after, embedded });
    at += actions.length;
  }
}
