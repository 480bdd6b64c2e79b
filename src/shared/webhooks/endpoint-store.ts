import type { TableClient } from '@azure/data-tables';
import { isNotFound } from '../azure/storage-error.ts';
import type { EndpointHealth } from './endpoint-health.ts';

const ENDPOINTS = 'endpoint';
/** So long an instance believes what it has read or written. */
const BELIEVED_MS = 5000;
/** A success after a success is written only so often: the row says when, not how many. */
const SUCCESS_EVERY_MS = 10_000;

type HealthRow = { -readonly [key in keyof EndpointHealth]: EndpointHealth[key] };

/** How endpoints fare, in the table `webhooks`. The last writer wins: it is told to people, and passes. */
export class EndpointStore {
  readonly #table: () => Promise<TableClient>;
  readonly #now: () => Date;
  readonly #known = new Map<string, { readonly at: number; readonly health: EndpointHealth }>();

  constructor(table: () => Promise<TableClient>, now: () => Date) {
    this.#table = table;
    this.#now = now;
  }

  async get(id: string): Promise<EndpointHealth> {
    const known = this.#known.get(id);
    if (known && this.#now().getTime() - known.at < BELIEVED_MS) return known.health;
    return this.#remember(id, await this.#read(id));
  }

  async put(id: string, health: EndpointHealth): Promise<void> {
    const before = this.#known.get(id)?.health;
    if (before && isOldNews(before, health)) return;
    this.#remember(id, health);
    const row = { partitionKey: ENDPOINTS, rowKey: id, ...health };
    await (await this.#table()).upsertEntity(row, 'Replace');
  }

  async #read(id: string): Promise<EndpointHealth> {
    try {
      const row = await (await this.#table()).getEntity<HealthRow>(ENDPOINTS, id);
      const { lastSuccessAt, lastFailureAt, lastFailure, failingSince, disabled } = row;
      return {
        ...(lastSuccessAt !== undefined && { lastSuccessAt }),
        ...(lastFailureAt !== undefined && { lastFailureAt }),
        ...(lastFailure !== undefined && { lastFailure }),
        ...(failingSince !== undefined && { failingSince }),
        ...(disabled !== undefined && { disabled }),
      };
    } catch (error) {
      if (isNotFound(error)) return {};
      throw error;
    }
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
