import { type CountColumn, countColumns, type CountPoint, type CountSeries } from './count-series.ts';

/** A series as texts, one for each column: the first number, then differences, as `1767225600,60,60`. */
export type SeriesColumns = Readonly<Record<'at' | CountColumn, string>>;

/** Counts move little from minute to minute, so differences are the shorter text; it can be read by people too. */
export function toSeriesColumns(series: CountSeries): SeriesColumns {
  const columns = countColumns.map((column) => [
    column,
    differences(series.map(({ counts }) => counts[column])),
  ]);
  return { ...(Object.fromEntries(columns) as SeriesColumns), at: differences(series.map(({ at }) => at)) };
}

/** Throws SeriesUnreadableError where the texts are none of `toSeriesColumns`. */
export function fromSeriesColumns(columns: Readonly<Record<string, unknown>>): CountSeries {
  const times = numbers(columns['at']);
  const counted = countColumns.map((column) => [column, numbers(columns[column])] as const);
  if (counted.some(([, values]) => values.length !== times.length)) throw new SeriesUnreadableError();
  return times.map((at, i): CountPoint => {
    const counts = Object.fromEntries(counted.map(([column, values]) => [column, values[i]]));
    return { at, counts: counts as CountPoint['counts'] };
  });
}

/** Somebody else has written into the row of a series. */
export class SeriesUnreadableError extends Error {
  readonly code = 'count-series-unreadable';

  constructor() {
    super('The row of a count series is not one that this program wrote');
    this.name = 'SeriesUnreadableError';
  }
}

function differences(values: readonly number[]): string {
  return values.map((value, i) => value - (values[i - 1] ?? 0)).join(',');
}

function numbers(text: unknown): readonly number[] {
  if (typeof text !== 'string' || !/^(?:-?\d+(?:,-?\d+)*)?$/.test(text)) throw new SeriesUnreadableError();
  if (text === '') return [];
  let sum = 0;
  return text.split(',').map((difference) => (sum += Number(difference)));
}
