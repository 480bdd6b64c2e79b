import type { Registry } from 'azure-iothub';
import { toHubError } from '../azure/hub-error.ts';

const PAGE = 1000;

/**
 * Questions to the hub's twin queries: eventually consistent, usually by seconds, and throttled at 20 a
 * minute and unit (S1), so they are asked when a stage opens and never for a read. Throws HubError.
 */
export class FleetQueries {
  readonly #registry: () => Promise<Registry>;

  constructor(registry: () => Promise<Registry>) {
    this.#registry = registry;
  }

  /** How many devices a target condition selects; `*` is every device. */
  async count(condition: string): Promise<number> {
    const rows = await this.#page(`SELECT COUNT() AS devices FROM devices${where(condition)}`, 1);
    const [row] = rows;
    const devices = typeof row === 'object' && row !== null && 'devices' in row ? row.devices : 0;
    return typeof devices === 'number' ? devices : 0;
  }

  /** Up to a thousand devices that a condition selects. */
  async some(condition: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#page(`SELECT deviceId FROM devices${where(condition)}`, Math.min(limit, PAGE));
    return rows.flatMap((row) =>
      typeof row === 'object' && row !== null && 'deviceId' in row && typeof row.deviceId === 'string'
        ? [row.deviceId]
        : [],
    );
  }

  async #page(query: string, size: number): Promise<readonly unknown[]> {
    const registry = await this.#registry();
    try {
      const { result } = await registry.createQuery(query, size).next();
      return Array.isArray(result) ? result : [];
    } catch (error) {
      throw toHubError(error);
    }
  }
}

function where(condition: string): string {
  return condition === '*' ? '' : ` WHERE ${condition}`;
}
