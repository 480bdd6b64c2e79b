import type { TableClient } from '@azure/data-tables';
import { replaceRow, rowOf } from '../azure/guarded-row.ts';

export interface TagBudgetOptions {
  readonly table: () => Promise<TableClient>;
  /** Twin updates a second, of all instances together. */
  readonly updatesPerSecond: number;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

const KEYS = { partitionKey: 'settings', rowKey: 'bucket-tags-budget' };
const SECOND = 1000;
/** Nobody waits for that long: a turn that is further away was reserved by a clock that is wrong. */
const FURTHEST = 5 * 60 * SECOND;

/**
 * How fast twins may be written, by all instances of the app together: the hub's limit is one for all of
 * them. A row says when the budget is free again. Whoever wants to write moves that time on first, guarded by
 * the row's etag, and then waits for its turn; a turn of somebody who dies is lost, not doubled. The clocks of
 * the instances have to agree, as those of one region do to some milliseconds.
 */
export class TagBudget {
  readonly #options: TagBudgetOptions;

  constructor(options: TagBudgetOptions) {
    this.#options = options;
  }

  /**
   * Waits for a turn to write so many twins at once. False, and nothing is reserved, where it would come at
   * `notAfter` or later. Throws what the table throws.
   */
  async turn(updates: number, notAfter: Date): Promise<boolean> {
    const table = await this.#options.table();
    for (;;) {
      const row = await rowOf<{ freeAt: number }>(table, KEYS.partitionKey, KEYS.rowKey);
      const now = this.#options.now().getTime();
      const turn = nextTurn(row?.freeAt ?? 0, now, updates, this.#options.updatesPerSecond);
      if (turn.startsAt >= notAfter.getTime()) return false;
      // Milliseconds since 1970 do not fit into the 32 bits of a plain whole number.
      const next = { ...KEYS, freeAt: { type: 'Double', value: turn.freeAt } } as const;
      if (!(await replaceRow(table, next, row?.etag))) continue;
      if (turn.startsAt > now) await this.#options.wait(turn.startsAt - now);
      return true;
    }
  }
}

/** When so many updates may begin, and when the next ones may. Milliseconds since 1970. Pure. */
export function nextTurn(
  freeAt: number,
  now: number,
  updates: number,
  updatesPerSecond: number,
): { readonly startsAt: number; readonly freeAt: number } {
  const startsAt = freeAt > now + FURTHEST ? now : Math.max(now, freeAt);
  return { startsAt, freeAt: startsAt + Math.ceil((updates * SECOND) / updatesPerSecond) };
}
