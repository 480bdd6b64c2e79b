import type { Rollout } from '../../src/shared/rollout/rollout.ts';
import type { TwinEvent } from './fleet.ts';

/** What the ledger ought to hold of a device in a rollout. */
export interface ModelUpdate {
  state: string;
  attempt: number;
  life: number;
  lifeSince: string;
  lastTime: string;
  last: number;
  /** By `life/version`: the state after the report, or `late`. */
  readonly history: Map<string, string>;
  /** What it runs as far as it said. */
  running: string;
}

/**
 * The rules, as a table: rows are the state before, columns what a newer report shows. `+` opens a new
 * attempt, `=` keeps the state, `-` does not concern the rollout, `?` depends on the report's times.
 */
const RULES: Readonly<Record<string, string>> = rules(`
                Downloading  Verifying   Applying   error    target      elsewhere
unseen          Downloading  Verifying   Applying   Failed   ?           -
Downloading     =            Verifying   Applying   Failed   Succeeded   =
Verifying       Downloading  =           Applying   Failed   Succeeded   =
Applying        Downloading+ Verifying   =          Failed   Succeeded   Reverted
Succeeded       Downloading+ Verifying+  Applying+  Failed+  =           -
AlreadyCurrent  Downloading+ Verifying+  Applying+  Failed+  =           -
Failed          Downloading+ Verifying+  Applying+  =        Succeeded+  =
Reverted        Downloading+ Verifying+  Applying+  Failed+  Succeeded+  =
`);

function rules(text: string): Record<string, string> {
  const [head = [], ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return Object.fromEntries(
    lines.flatMap(([before = '', ...cells]) => cells.map((cell, i) => [`${before} ${head[i] ?? ''}`, cell])),
  );
}

/** An own, plain account of what a sequence of events means: no batches, no tables, no faults. */
export class Model {
  readonly updates = new Map<string, ModelUpdate>();
  /** Devices with a report that could not be attributed: whether a repetition can be depends on when it comes. */
  readonly ambiguous = new Set<string>();
  readonly #rollouts: readonly Rollout[];

  constructor(rollouts: readonly Rollout[]) {
    this.#rollouts = rollouts;
  }

  static key(rolloutId: string, deviceId: string): string {
    return `${rolloutId} ${deviceId}`;
  }

  see(event: TwinEvent): void {
    if (event.kind !== 'report') return;
    const { firmware } = event;
    const status = firmware['fwUpdateStatus']?.toLowerCase();
    const named = status === 'current' ? firmware['currentFwVersion'] : firmware['pendingFwVersion'];
    if (named === undefined || named === '') {
      this.#seeUnnamed(event);
      return;
    }
    for (const rollout of this.#rollouts) {
      if (rollout.version === named || status === 'current')
        this.#apply(rollout, event, rollout.version === named);
    }
  }

  #seeUnnamed(event: TwinEvent): void {
    const updates = this.#rollouts.map((rollout) => ({ rollout, update: this.#of(rollout, event) }));
    const open = updates.filter(
      ({ update }) => update && isWorking(update.state) && placeOf(update, event) === 'newer',
    );
    const passed = updates.filter(
      ({ update }) => update && placeOf(update, event) === 'late' && firstOf(update) <= event.version,
    );
    const candidates = open.length > 0 ? open : passed;
    const [only] = candidates;
    if (only === undefined || candidates.length > 1) this.ambiguous.add(event.deviceId);
    else this.#apply(only.rollout, event, true);
  }

  #of(rollout: Rollout, event: TwinEvent): ModelUpdate | undefined {
    return this.updates.get(Model.key(rollout.id, event.deviceId));
  }

  #apply(rollout: Rollout, event: TwinEvent, isOwn: boolean): void {
    const before = this.#of(rollout, event);
    const place = before === undefined ? 'newer' : placeOf(before, event);
    if (place === 'former') return;
    if (before !== undefined && place === 'late') {
      const key = `${before.life}/${event.version}`;
      if (isOwn && !before.history.has(key)) before.history.set(key, 'late');
      return;
    }
    const running = event.firmware['currentFwVersion'] || before?.running || '';
    const rule =
      RULES[`${before?.state ?? 'unseen'} ${column(event, running === rollout.version)}`] ?? 'missing';
    if (rule === '-') return;
    const state =
      rule === '='
        ? (before?.state ?? '')
        : rule === '?'
          ? firstSight(event, rollout)
          : rule.replace('+', '');
    const startsLife = before !== undefined && event.version <= before.last;
    const life = (before?.life ?? 0) + (startsLife ? 1 : 0);
    const history = before?.history ?? new Map<string, string>();
    history.set(`${life}/${event.version}`, state);
    this.updates.set(Model.key(rollout.id, event.deviceId), {
      state,
      attempt: (before?.attempt ?? 1) + (rule.endsWith('+') ? 1 : 0),
      life,
      lifeSince: before === undefined || startsLife ? event.hubTime : before.lifeSince,
      lastTime: before !== undefined && before.lastTime > event.hubTime ? before.lastTime : event.hubTime,
      last: event.version,
      history,
      running,
    });
  }
}

function placeOf(
  { last, lastTime, life, lifeSince }: ModelUpdate,
  event: TwinEvent,
): 'newer' | 'late' | 'former' {
  const later = Date.parse(event.hubTime) - Date.parse(lastTime);
  if (life > 0 && event.hubTime < lifeSince) return 'former';
  if (event.version > last) return later < -60_000 ? 'former' : 'newer';
  return later > 60_000 ? 'newer' : 'late';
}

function column({ firmware }: TwinEvent, isAtTarget: boolean): string {
  const status = firmware['fwUpdateStatus']?.toLowerCase();
  if (status === 'current') return isAtTarget ? 'target' : 'elsewhere';
  if (status === 'error') return isAtTarget ? 'target' : 'error';
  return `${status?.slice(0, 1).toUpperCase()}${status?.slice(1)}`;
}

function firstSight({ firmware }: TwinEvent, rollout: Rollout): string {
  const begun = firmware['lastFwUpdateStartTime'] || firmware['lastFwUpdateEndTime'] || '';
  return begun !== '' && begun >= rollout.createdAt ? 'Succeeded' : 'AlreadyCurrent';
}

function isWorking(state: string): boolean {
  return ['Downloading', 'Verifying', 'Applying'].includes(state);
}

function firstOf({ life, history }: ModelUpdate): number {
  const versions = [...history.keys()].map((key) => key.split('/').map(Number));
  return Math.min(...versions.filter(([ofLife]) => ofLife === life).map(([, version = 0]) => version));
}
