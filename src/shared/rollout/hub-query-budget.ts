import type { TableClient } from '@azure/data-tables';
import { replaceRow, rowOf } from '../azure/guarded-row.ts';

/** A fifth of what a unit of S1 takes (20 a minute, documented): stages and dry runs ask as well. */
export const QUERIES_A_MINUTE = 4;

const KEYS = { partitionKey: 'settings', rowKey: 'hub-queries' };
const MINUTE = 60_000;
/** Minutes. */
const FURTHEST = 5;
/** Whoever meets others more often than this asks at the next run. */
const MAX_TRIES = 3;

interface Spent {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly used: number;
}

/**
 * How many twin queries the timer may ask only to tell more about devices, of all instances together: the
 * hub's limit is one for all of them. A row counts the queries of the minute, guarded by its etag.
 */
export class HubQueryBudget {
  readonly #table: () => Promise<TableClient>;
  readonly #now: () => Date;

  constructor(table: () => Promise<TableClient>, now: () => Date) {
    this.#table = table;
    this.#now = now;
  }

  /** Whether one query may be asked now; it counts as asked then. Throws what the table throws. */
  async take(): Promise<boolean> {
    const table = await this.#table();
    for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
      const row = await rowOf<Spent>(table, KEYS.partitionKey, KEYS.rowKey);
      const next = spend(row, this.#now());
      if (next === undefined) return false;
      if (await replaceRow(table, { ...KEYS, ...next }, row?.etag)) return true;
    }
    return false;
  }
}

/** The count after one query more; undefined where the minute has no more. Pure. */
export function spend(spent: Spent | undefined, now: Date): Spent | undefined {
  const minute = Math.floor(now.getTime() / MINUTE);
  // Clocks differ a little: a minute still to come counts for both. One that is far away is a wrong clock's.
  const isOver = spent === undefined || spent.minute < minute || spent.minute > minute + FURTHEST;
  if (isOver) return { minute, used: 1 };
  return spent.used < QUERIES_A_MINUTE ? { minute: spent.minute, used: spent.used + 1 } : undefined;
}
