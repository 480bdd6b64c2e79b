import { createHash } from 'node:crypto';
import type { TableClient, TableEntityResult } from '@azure/data-tables';
import { rowOf } from '../azure/guarded-row.ts';
import { isNotFound } from '../azure/storage-error.ts';
import { newestFirst } from '../azure/table-keys.ts';
import { type CloudEvent, cloudEventSchema } from './cloud-event.ts';

/** An event that an endpoint did not take. */
export interface Undelivered {
  /** Of the letter, not of the event. */
  readonly id: string;
  /** Id of the endpoint. */
  readonly endpoint: string;
  readonly event: CloudEvent;
  readonly attempts: number;
  readonly reason: string;
  /** RFC 3339, UTC. */
  readonly givenUpAt: string;
}

const DEAD = 'undelivered';
/** What an id looks like; it is also the cursor of a page. */
export const undeliveredId = /^\d{14}-[0-9a-f]{12}-[0-9a-f]{16}$/;

type Row = Omit<Undelivered, 'id' | 'event'> & { event: string };

/** Dead letters of webhooks, in the table `webhooks`, the newest first. They stay until they are replayed or discarded. */
export class UndeliveredStore {
  readonly #table: () => Promise<TableClient>;

  constructor(table: () => Promise<TableClient>) {
    this.#table = table;
  }

  async keep(letter: Omit<Undelivered, 'id'>): Promise<void> {
    const { event, ...columns } = letter;
    const keys = { partitionKey: DEAD, rowKey: idOf(letter) };
    await (
      await this.#table()
    ).upsertEntity({ ...keys, ...columns, event: JSON.stringify(event) }, 'Replace');
  }

  /** `after` is the id of the last letter of the page before. */
  async page(
    limit: number,
    after: string | undefined,
  ): Promise<{ readonly letters: readonly Undelivered[]; readonly isLast: boolean }> {
    const behind = after === undefined ? '' : ` and RowKey gt '${after}'`;
    const queryOptions = { filter: `PartitionKey eq '${DEAD}'${behind}` };
    const rows: TableEntityResult<Row>[] = [];
    const pages = (await this.#table())
      .listEntities<Row>({ queryOptions })
      .byPage({ maxPageSize: limit + 1 });
    for await (const page of pages) {
      rows.push(...page);
      if (rows.length > limit) break;
    }
    return { letters: rows.slice(0, limit).map(fromRow), isLast: rows.length <= limit };
  }

  async get(id: string): Promise<Undelivered | undefined> {
    const row = await rowOf<Row>(await this.#table(), DEAD, id);
    return row && fromRow(row);
  }

  /** One that is not there counts as removed. */
  async remove(id: string): Promise<void> {
    try {
      await (await this.#table()).deleteEntity(DEAD, id);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** The same letter again, after a crash, has another time; which is one letter too many rather than one too few. */
function idOf({ endpoint, event, givenUpAt }: Omit<Undelivered, 'id'>): string {
  return `${newestFirst(givenUpAt)}-${endpoint}-${createHash('sha256').update(event.id).digest('hex').slice(0, 16)}`;
}

function fromRow(row: TableEntityResult<Row>): Undelivered {
  const { endpoint, attempts, reason, givenUpAt } = row;
  const event = cloudEventSchema.parse(JSON.parse(row.event));
  return { id: row.rowKey ?? '', endpoint, event, attempts, reason, givenUpAt };
}
