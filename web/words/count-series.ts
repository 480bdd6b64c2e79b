import type { CountsOverTime } from '../../client/answers.ts';
import { count, counted } from './numbers.ts';
import { SHOWN_STATES, type ShownState, stateWords } from './states.ts';
import { clock, duration } from './times.ts';

/** One state over time, with everything that lies under it in the chart. */
export interface StackedSeries {
  readonly state: ShownState;
  readonly label: string;
  readonly devices: readonly number[];
  /** The upper edge of its area. */
  readonly top: readonly number[];
}

/** A row of the table beside the chart. */
export interface SeriesRow {
  readonly at: string;
  readonly devices: Readonly<Record<ShownState, number>>;
}

/** The columns as areas that lie upon each other, the good end at the bottom; states without a device are left out. */
export function stackedSeries(columns: CountsOverTime): readonly StackedSeries[] {
  let below = columns.at.map(() => 0);
  const stacked: StackedSeries[] = [];
  for (const state of SHOWN_STATES) {
    const devices = columnOf(columns, state);
    if (devices.every((value) => value === 0)) continue;
    const top = below.map((value, i) => value + (devices[i] ?? 0));
    stacked.push({ state, label: stateWords[state].label, devices, top });
    below = top;
  }
  return stacked;
}

/** The chart in a sentence or two, for whom cannot see it. */
export function seriesInWords(columns: CountsOverTime, now: number): string {
  const { at } = columns;
  const [first, last] = [at[0], at.at(-1)];
  if (first === undefined || last === undefined) return 'There are no numbers yet.';
  const succeeded = columnOf(columns, 'Succeeded');
  const bad = columnOf(columns, 'Failed').map(
    (failed, i) => failed + (columnOf(columns, 'Reverted')[i] ?? 0),
  );
  const firstBad = at[bad.findIndex((devices) => devices > 0)];
  const span = duration(Date.parse(last) - Date.parse(first));
  const told = `${clock(first, now)} to ${clock(last, now)} (${span}): ${counted(succeeded.at(-1) ?? 0, 'device')} succeeded, ${count(bad.at(-1) ?? 0)} failed or reverted.`;
  return firstBad === undefined ? told : `${told} The first failure was counted at ${clock(firstBad, now)}.`;
}

/** At most so many rows, evenly over the time, the first and the last among them. */
export function seriesRows(columns: CountsOverTime, most: number): readonly SeriesRow[] {
  const points = columns.at.length;
  const rows = Math.min(points, most);
  const indexes = Array.from({ length: rows }, (_, i) =>
    rows === 1 ? points - 1 : Math.round((i * (points - 1)) / (rows - 1)),
  );
  return indexes.map((i) => ({
    at: columns.at[i] ?? '',
    devices: Object.fromEntries(
      SHOWN_STATES.map((state) => [state, columnOf(columns, state)[i] ?? 0]),
    ) as SeriesRow['devices'],
  }));
}

function columnOf(columns: CountsOverTime, state: ShownState): readonly number[] {
  return state === 'Pending' ? columns.pending : (columns[state] ?? []);
}
