import type { RegisteredFunction } from './core-api.ts';
import type { RpcTypedData } from './core-contract.ts';
import type { HostLog } from './host-messages.ts';
import { describe, type Invoke } from './invoke.ts';
import { readRetryPolicy, type RetryPolicy, runWithRetries, waited } from './retry-policy.ts';
import { isFasterThanAMinute, parseSchedule, type TimerSchedule } from './timer-schedule.ts';
import type { TimerStatus, TimerStatusStore } from './timer-status.ts';
import type { TimerBinding } from './trigger-binding.ts';

/** Node's timers hold at most 2^31-1 ms; longer waits are made of several. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
/** .NET's smallest date: "never". */
const NEVER = new Date('0001-01-01T00:00:00Z');

export interface TimerTriggerOptions {
  readonly fn: RegisteredFunction;
  readonly binding: TimerBinding;
  readonly statusStore: TimerStatusStore;
  readonly invoke: Invoke;
  readonly log: HostLog;
  readonly now: () => Date;
}

export interface TimerTrigger {
  /** Runs the function now, after a run that is under way; does not wait for it. */
  runNow(): void;
  /** Starts nothing new; resolves when the running invocation has ended. */
  stop(): Promise<void>;
}

/**
 * Runs the function on its schedule, never two runs at once. Where it should have run while no host was
 * there, it runs once, late, with `isPastDue`. Throws a ScheduleError or a RetryPolicyError.
 */
export async function startTimerTrigger(options: TimerTriggerOptions): Promise<TimerTrigger> {
  const schedule = parseSchedule(options.binding.schedule);
  const stopping = new AbortController();
  const timer: Timer = {
    options,
    schedule,
    policy: readRetryPolicy(options.fn.metadata.retryOptions),
    // In this order, so that a schedule that never comes stops the start.
    monitored: !isFasterThanAMinute(schedule, options.now()) && options.binding.useMonitor,
    signal: stopping.signal,
    status: undefined,
    running: Promise.resolve(),
  };
  const pastDue = timer.monitored && (await openStatus(timer));
  if (pastDue || options.binding.runOnStartup) enqueue(timer, { isPastDue: pastDue });
  const loop = keepSchedule(timer);
  return {
    runNow: () => enqueue(timer, { isPastDue: false }),
    stop: async () => {
      stopping.abort();
      await loop;
      await timer.running;
    },
  };
}

interface Timer {
  readonly options: TimerTriggerOptions;
  readonly schedule: TimerSchedule;
  readonly policy: RetryPolicy;
  readonly monitored: boolean;
  readonly signal: AbortSignal;
  status: TimerStatus | undefined;
  /** The end of the chain of runs: each starts after the one before. */
  running: Promise<void>;
}

/** Reads the status, or begins one; true where a run is overdue. */
async function openStatus(timer: Timer): Promise<boolean> {
  const { statusStore, now } = timer.options;
  const stored = await statusStore.read();
  if (stored === undefined) {
    timer.status = { last: NEVER, next: timer.schedule.next(now()), lastUpdated: now() };
    await statusStore.write(timer.status);
    return false;
  }
  // The schedule may have changed since: what counts is when it says the next run was due.
  timer.status = { ...stored, next: timer.schedule.next(stored.lastUpdated) };
  return timer.status.next <= now();
}

async function keepSchedule(timer: Timer): Promise<void> {
  while (!timer.signal.aborted) {
    await timer.running;
    const due = timer.schedule.next(timer.options.now());
    if (!(await waitUntil(due, timer))) return;
    enqueue(timer, { isPastDue: false });
  }
}

/** False where the host began to stop. */
async function waitUntil(due: Date, timer: Timer): Promise<boolean> {
  for (;;) {
    const remaining = due.getTime() - timer.options.now().getTime();
    if (remaining <= 0) return !timer.signal.aborted;
    if (!(await waited(Math.min(remaining, LONGEST_WAIT_MS), timer.signal))) return false;
  }
}

function enqueue(timer: Timer, occasion: { isPastDue: boolean }): void {
  timer.running = timer.running
    .then(() => (timer.signal.aborted ? undefined : runOnce(timer, occasion.isPastDue)))
    .catch((error: unknown) => {
      const functionName = timer.options.fn.metadata.name;
      timer.options.log({
        level: 'warning',
        category: 'host',
        functionName,
        message: `The timer's status could not be written: ${describe(error)}`,
      });
    });
}

async function runOnce(timer: Timer, isPastDue: boolean): Promise<void> {
  const { fn, binding, invoke, now } = timer.options;
  const startedAt = now();
  const inputData = [{ name: binding.name, data: timerInfo(timer.status, isPastDue) }];
  // What failed has been logged by the invocation; the schedule goes on.
  await runWithRetries(timer.policy, timer.signal, (retryContext) =>
    invoke(fn, { inputData, ...(retryContext && { retryContext }) }),
  );
  if (!timer.monitored) return;
  timer.status = { last: startedAt, next: timer.schedule.next(now()), lastUpdated: now() };
  await timer.options.statusStore.write(timer.status);
}

/** .NET's spelling; the library lower-cases the first letters. */
function timerInfo(status: TimerStatus | undefined, isPastDue: boolean): RpcTypedData {
  const scheduleStatus = status && { Last: status.last, Next: status.next, LastUpdated: status.lastUpdated };
  return {
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: scheduleStatus ?? null,
      IsPastDue: isPastDue,
    }),
  };
}
