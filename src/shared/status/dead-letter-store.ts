import { type LedgerTable, TableAccess, type TableRow } from '../azure/table-access.ts';
import { TableUnavailableError } from '../azure/table-faults.ts';
import { quoted } from '../azure/table-keys.ts';
import type { DeadLetterRow } from './dead-letters.ts';

/** Where a dead letter is; an empty `rowKey` is the beginning of its day. */
export interface DeadLetterKey {
  readonly day: string;
  readonly rowKey: string;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetterRow[];
  /** Absent on the last page. A page may be short and still go on. */
  readonly next: DeadLetterKey | undefined;
}

/** Days that one page looks into: each costs up to log2 of the days between the letters, all of them tiny reads. */
const DAYS_A_PAGE = 10;
const DAY_MS = 86_400_000;
/** Days sort as text; this one comes after all. */
const END_OF_DAYS = '9999-12-31';

/** Reads and removes dead letters. All throw TableUnavailableError and TableRefusedError. */
export class DeadLetterStore {
  readonly #table: () => Promise<LedgerTable>;

  constructor(table: () => Promise<LedgerTable>) {
    this.#table = table;
  }

  /** The newest day first; in a day by Event Hub partition and sequence number. */
  async page(limit: number, after: DeadLetterKey | undefined): Promise<DeadLetterPage> {
    const access = new TableAccess(await this.#table());
    const letters: DeadLetterRow[] = [];
    let from = after ?? (await newestDayBefore(access, END_OF_DAYS));
    for (let days = 0; from !== undefined && days < DAYS_A_PAGE; days++) {
      const { day, rowKey } = from;
      const filter = `PartitionKey eq ${quoted(day)} and RowKey gt ${quoted(rowKey)}`;
      for await (const rows of access.pages(filter, undefined, limit + 1)) {
        letters.push(...rows.map(fromRow));
        if (letters.length > limit) return { letters: letters.slice(0, limit), next: keyAt(letters, limit) };
      }
      from = await newestDayBefore(access, day);
    }
    return { letters, next: from };
  }

  async get({ day, rowKey }: DeadLetterKey): Promise<DeadLetterRow | undefined> {
    const row = await new TableAccess(await this.#table()).get(day, rowKey);
    return row && fromRow(row);
  }

  /** How many letters there are of the day, counted up to `most`. */
  async countOf(day: string, most: number): Promise<number> {
    const access = new TableAccess(await this.#table());
    let count = 0;
    for await (const rows of access.pages(`PartitionKey eq ${quoted(day)}`, ['rowKey'])) {
      count += rows.length;
      if (count >= most) return most;
    }
    return count;
  }

  /** One that is not there counts as removed. */
  async remove({ day, rowKey }: DeadLetterKey): Promise<void> {
    const access = new TableAccess(await this.#table());
    const outcome = await access.submit([['delete', { partitionKey: day, rowKey }]]);
    if (outcome.kind === 'unknown') throw new TableUnavailableError(outcome.cause);
  }
}

function keyAt(letters: readonly DeadLetterRow[], limit: number): DeadLetterKey | undefined {
  const last = letters[limit - 1];
  return last && { day: last.partitionKey, rowKey: last.rowKey };
}

/**
 * The newest day before `end` that has letters. Tables list their partitions in ascending order only, so
 * the span between the oldest day and `end` is halved until nothing lies between.
 */
async function newestDayBefore(access: TableAccess, end: string): Promise<DeadLetterKey | undefined> {
  let found = await firstDay(access, '', end);
  for (let high = end; found !== undefined && daysBetween(found, high) > 1;) {
    const middle = dayAfter(found, Math.ceil(daysBetween(found, high) / 2));
    const later = await firstDay(access, middle, high);
    if (later === undefined) high = middle;
    else found = later;
  }
  return found === undefined ? undefined : { day: found, rowKey: '' };
}

/** The first day from `start` to before `end` that has letters. */
async function firstDay(access: TableAccess, start: string, end: string): Promise<string | undefined> {
  const filter = `PartitionKey ge ${quoted(start)} and PartitionKey lt ${quoted(end)}`;
  for await (const rows of access.pages(filter, ['partitionKey'], 1)) {
    if (rows[0]?.partitionKey !== undefined) return rows[0].partitionKey;
  }
  return undefined;
}

function daysBetween(early: string, late: string): number {
  return (Date.parse(late) - Date.parse(early)) / DAY_MS;
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

function fromRow(row: TableRow): DeadLetterRow {
  const text = (name: string) => (typeof row[name] === 'string' ? row[name] : '');
  return {
    partitionKey: row.partitionKey ?? '',
    rowKey: row.rowKey ?? '',
    code: text('code'),
    reason: text('reason'),
    deviceId: text('deviceId'),
    enqueuedAt: text('enqueuedAt'),
    body: text('body'),
    properties: text('properties'),
    systemProperties: text('systemProperties'),
    replayable: row['replayable'] === true,
  };
}
