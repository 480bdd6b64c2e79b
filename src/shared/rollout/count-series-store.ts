import { type LedgerTable, TableAccess } from '../azure/table-access.ts';
import { TableUnavailableError } from '../azure/table-faults.ts';
import { type CountPoint, type CountSeries, sameCounts, withPoint } from './count-series.ts';
import { fromSeriesColumns, toSeriesColumns } from './count-series-columns.ts';

/** A partition of its own in the table `rollouts`; a row is a rollout's whole series, its key the rollout's id. */
const PARTITION = 'counts';
/** Two judges meet on a series at most; whoever is refused more often leaves the point to the next run. */
const MAX_TRIES = 3;

interface KnownSeries {
  readonly series: CountSeries;
  /** Absent where there is no row yet. */
  readonly etag: string | undefined;
}

/** Counts over time, one row for each rollout. All throw TableUnavailableError and TableRefusedError. */
export class CountSeriesStore {
  readonly #table: () => Promise<LedgerTable>;
  /** As they were last written by this process: a point then costs one write. Etags decide whether it still holds. */
  readonly #known = new Map<string, KnownSeries>();

  constructor(table: () => Promise<LedgerTable>) {
    this.#table = table;
  }

  /** One point read; undefined where nothing was counted yet. */
  async of(rolloutId: string): Promise<CountSeries | undefined> {
    const { series, etag } = await this.#read(await this.#access(), rolloutId);
    return etag === undefined ? undefined : series;
  }

  /**
   * Adds a point, unless the series has one of its minute, or one that says the same and only changes are
   * wanted. Several judges may add at once. Also throws SeriesUnreadableError.
   */
  async add(rolloutId: string, point: CountPoint, when: 'always' | 'if-changed'): Promise<void> {
    const access = await this.#access();
    for (let attempt = 1; ; attempt += 1) {
      const known = this.#known.get(rolloutId) ?? (await this.#read(access, rolloutId));
      this.#known.set(rolloutId, known);
      const last = known.series.at(-1);
      if (when === 'if-changed' && last !== undefined && sameCounts(last, point)) return;
      const next = withPoint(known.series, point);
      if (next === known.series) return;
      this.#known.delete(rolloutId);
      const cause = await this.#write(access, rolloutId, { series: next, etag: known.etag });
      if (cause === undefined) return;
      if (attempt === MAX_TRIES) throw new TableUnavailableError(cause);
    }
  }

  /** Undefined after success. `etag` is that of the row which the series takes the place of. */
  async #write(access: TableAccess, rolloutId: string, { series, etag }: KnownSeries): Promise<unknown> {
    const row = { partitionKey: PARTITION, rowKey: rolloutId, ...toSeriesColumns(series) };
    const outcome = await access.submit([
      etag === undefined ? ['create', row] : ['update', row, 'Replace', { etag }],
    ]);
    if (outcome.kind !== 'committed') {
      return outcome.kind === 'unknown' ? outcome.cause : new Error('the series was changed meanwhile');
    }
    const written = outcome.etags[0];
    if (written !== undefined) this.#known.set(rolloutId, { series, etag: written });
    return undefined;
  }

  async #read(access: TableAccess, rolloutId: string): Promise<KnownSeries> {
    const row = await access.get(PARTITION, rolloutId);
    return row === undefined
      ? { series: [], etag: undefined }
      : { series: fromSeriesColumns(row), etag: row.etag };
  }

  async #access(): Promise<TableAccess> {
    return new TableAccess(await this.#table());
  }
}
