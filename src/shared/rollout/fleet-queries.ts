import type { Registry } from 'azure-iothub';
import * as z from 'zod';
import { toHubError } from '../azure/hub-error.ts';

const PAGE = 1000;

/** What a query shows of a device; the twin may hold anything, so what is of another type counts as absent. */
const sampledDevice = z.object({
  deviceId: z.string(),
  bucket: z.number().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
});
export type SampledDevice = z.output<typeof sampledDevice>;

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
    const devices = typeof row === 'object' && row !== null && 'devices' in row ? row.devices : undefined;
    if (typeof devices !== 'number') throw new UnreadableCountError(condition);
    return devices;
  }

  /**
   * The hub's words where it does not take a condition; undefined where it does. One request, whatever the size
   * of the fleet: its answer is not looked at.
   */
  async objection(condition: string): Promise<string | undefined> {
    const registry = await this.#registry();
    try {
      await registry.createQuery(`SELECT deviceId FROM devices${where(condition)}`, 1).next();
      return undefined;
    } catch (error) {
      const hubError = toHubError(error);
      if (hubError.kind !== 'rejected') throw hubError;
      return hubError.message;
    }
  }

  /** Up to a page of devices that a condition selects; an empty answer means that there is none. */
  async some(condition: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#page(`SELECT deviceId FROM devices${where(condition)}`, Math.min(limit, PAGE));
    return rows.flatMap((row) =>
      typeof row === 'object' && row !== null && 'deviceId' in row && typeof row.deviceId === 'string'
        ? [row.deviceId]
        : [],
    );
  }

  /** Up to a page of devices that a condition selects, with their bucket and what they report of their firmware. */
  async sample(condition: string, limit: number): Promise<readonly SampledDevice[]> {
    const firmware = 'properties.reported.firmware';
    const columns = `deviceId, tags.ota.bucket AS bucket, ${firmware}.type AS type, ${firmware}.currentFwVersion AS version`;
    const rows = await this.#page(`SELECT ${columns} FROM devices${where(condition)}`, Math.min(limit, PAGE));
    return rows.flatMap((row) => sampledDevice.safeParse(row).data ?? []);
  }

  /** The firmware versions that these devices say they run, in the devices' own words. */
  async reportedVersions(condition: string): Promise<readonly string[]> {
    const version = 'properties.reported.firmware.currentFwVersion';
    const columns = `${version} AS version, COUNT() AS devices`;
    const rows = await this.#page(
      `SELECT ${columns} FROM devices${where(condition)} GROUP BY ${version}`,
      PAGE,
    );
    return rows.flatMap((row) =>
      typeof row === 'object' && row !== null && 'version' in row && typeof row.version === 'string'
        ? [row.version]
        : [],
    );
  }

  /** The first page that is not empty: a page may be empty and still continue. */
  async #page(text: string, size: number): Promise<readonly unknown[]> {
    const registry = await this.#registry();
    const query = registry.createQuery(text, size);
    try {
      for (;;) {
        // Without its token the SDK asks for the first page again.
        const { result } = await (query.continuationToken
          ? query.next(query.continuationToken)
          : query.next());
        if (Array.isArray(result) && (result.length > 0 || !query.hasMoreResults)) return result;
        if (!query.hasMoreResults) return [];
      }
    } catch (error) {
      throw toHubError(error);
    }
  }
}

/** The hub answered a count with something else than a number. Nobody may be taken for nobody. */
export class UnreadableCountError extends Error {
  readonly code = 'count-unreadable';
  constructor(condition: string) {
    super(`The hub did not answer how many devices "${condition}" selects`);
    this.name = 'UnreadableCountError';
  }
}

function where(condition: string): string {
  return condition === '*' ? '' : ` WHERE ${condition}`;
}
