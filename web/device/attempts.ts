import type { DeviceState, DeviceUpdateDetail } from '../../client/answers.ts';

export type Report = DeviceUpdateDetail['history'][number];

/** What the history shows, one after the other. */
export type Happening =
  /** The device was in this state from `from` on; `until` is when the next report told of another one. */
  | {
      readonly kind: 'state';
      readonly state: DeviceState;
      readonly from: string;
      readonly until: string | undefined;
      /** Nothing is missing between the reports at both ends: the time is exact, else it is the longest. */
      readonly isExact: boolean;
      /** The report that began it. */
      readonly report: Report;
      /** Reports that told of nothing new. */
      readonly repeats: number;
    }
  /** So many changes of the twin before the next report that nothing told of. */
  | { readonly kind: 'gap'; readonly changes: number }
  /** A report that came when a newer one was already applied: it changed nothing. */
  | { readonly kind: 'late'; readonly report: Report };

export interface Attempt {
  readonly number: number;
  readonly happenings: readonly Happening[];
}

const ENDS: ReadonlySet<DeviceState> = new Set(['Succeeded', 'AlreadyCurrent', 'Failed', 'Reverted']);

export function isEnd(state: DeviceState): boolean {
  return ENDS.has(state);
}

/** The history of a device in a rollout, attempt by attempt; the newest attempt first, each from its start on. */
export function attemptsOf(history: readonly Report[]): readonly Attempt[] {
  const attempts: { number: number; happenings: Happening[] }[] = [];
  for (const report of history) {
    const newest = attempts.at(-1);
    const number = report.attempt ?? newest?.number ?? 1;
    const happenings = happeningsOf(report, newest?.happenings ?? []);
    if (newest === undefined || number > newest.number)
      attempts.push({ number, happenings: [...happenings] });
    else newest.happenings.push(...happenings);
  }
  return attempts.toReversed();
}

/** What the report adds; the state before it, in `before`, ends or goes on with it. */
function happeningsOf(report: Report, before: Happening[]): readonly Happening[] {
  const { state, gap, hubTime } = report;
  const hole: Happening[] = gap > 0 ? [{ kind: 'gap', changes: gap }] : [];
  if (state === undefined) return [...hole, { kind: 'late', report }];
  const at = before.findLastIndex(({ kind }) => kind === 'state');
  const last = before[at];
  if (last?.kind === 'state') {
    if (last.state === state && gap === 0 && report.note === undefined) {
      before[at] = { ...last, repeats: last.repeats + 1 };
      return [];
    }
    before[at] = { ...last, until: hubTime, isExact: gap === 0 };
  }
  return [
    ...hole,
    { kind: 'state', state, from: hubTime, until: undefined, isExact: true, report, repeats: 0 },
  ];
}

export interface TimeInState {
  readonly state: DeviceState;
  /** Milliseconds. */
  readonly ms: number;
}

/** How long an attempt was in each working state, up to `now` where it still is; ends take no time. */
export function timeInStates({ happenings }: Attempt, now: number): readonly TimeInState[] {
  const times = new Map<DeviceState, number>();
  for (const happening of happenings) {
    if (happening.kind !== 'state' || isEnd(happening.state)) continue;
    const { state, from, until } = happening;
    const ms = Math.max(0, (until === undefined ? now : Date.parse(until)) - Date.parse(from));
    times.set(state, (times.get(state) ?? 0) + ms);
  }
  return [...times].map(([state, ms]) => ({ state, ms }));
}

/** The state that the attempt has come to. */
export function endOf({ happenings }: Attempt): DeviceState | undefined {
  const last = happenings.findLast((one) => one.kind === 'state');
  return last?.kind === 'state' ? last.state : undefined;
}
