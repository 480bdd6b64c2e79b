import type { TableClient } from '@azure/data-tables';
import { replaceRow, rowOf } from '../azure/guarded-row.ts';
import type { EndpointHealth } from './endpoint-health.ts';

const ENDPOINTS = 'endpoint';
/** So long an instance believes what it has read or written. */
const BELIEVED_MS = 5000;
/** A success after a success is written only so often: the row says when, not how many. */
const SUCCESS_EVERY_MS = 10_000;

type HealthRow = { -readonly [key in keyof EndpointHealth]: EndpointHealth[key] };

/**
 * How endpoints fare, in the table `webhooks`. Deliveries to an endpoint end side by side, in one instance
 * and in several: each change starts from what the others have written, so that a failure that was under way
 * does not undo a 410 or a success that came before it.
 */
export class EndpointStore {
  readonly #table: () => Promise<TableClient>;
  readonly #now: () => Date;
  readonly #known = new Map<string, { readonly at: number; readonly health: EndpointHealth }>();
  /** The newest change of each endpoint in this instance; the next one waits for it. */
  readonly #changing = new Map<string, Promise<void>>();

  constructor(table: () => Promise<TableClient>, now: () => Date) {
    this.#table = table;
    this.#now = now;
  }

  async get(id: string): Promise<EndpointHealth> {
    const known = this.#known.get(id);
    if (known && this.#now().getTime() - known.at < BELIEVED_MS) return known.health;
    return this.#remember(id, (await this.#read(id)).health);
  }

  /** `change` may be called more than once. */
  async change(id: string, change: (before: EndpointHealth) => EndpointHealth): Promise<void> {
    const before = this.#changing.get(id) ?? Promise.resolve();
    const changed = before.catch(() => undefined).then(() => this.#change(id, change));
    this.#changing.set(id, changed);
    return changed;
  }

  async #change(id: string, change: (before: EndpointHealth) => EndpointHealth): Promise<void> {
    const known = this.#known.get(id)?.health;
    if (known && isOldNews(known, change(known))) return;
    // Whoever loses reads again: somebody else has won, so this ends.
    for (;;) {
      const { health, etag } = await this.#read(id);
      const next = change(health);
      const row = { partitionKey: ENDPOINTS, rowKey: id, ...next };
      if (await replaceRow(await this.#table(), row, etag)) {
        this.#remember(id, next);
        return;
      }
    }
  }

  async #read(id: string): Promise<{ readonly health: EndpointHealth; readonly etag: string | undefined }> {
    const row = await rowOf<HealthRow>(await this.#table(), ENDPOINTS, id);
    if (row === undefined) return { health: {}, etag: undefined };
    const { lastSuccessAt, lastFailureAt, lastFailure, failingSince, disabled, etag } = row;
    const health = {
      ...(lastSuccessAt !== undefined && { lastSuccessAt }),
      ...(lastFailureAt !== undefined && { lastFailureAt }),
      ...(lastFailure !== undefined && { lastFailure }),
      ...(failingSince !== undefined && { failingSince }),
      ...(disabled !== undefined && { disabled }),
    };
    return { health, etag };
  }

  #remember(id: string, health: EndpointHealth): EndpointHealth {
    this.#known.set(id, { at: this.#now().getTime(), health });
    return health;
  }
}

function isOldNews(before: EndpointHealth, after: EndpointHealth): boolean {
  if (before.failingSince !== undefined || after.failingSince !== undefined) return false;
  const since = Date.parse(after.lastSuccessAt ?? '') - Date.parse(before.lastSuccessAt ?? '');
  return since < SUCCESS_EVERY_MS;
}
