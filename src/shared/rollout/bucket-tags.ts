import type { Registry } from 'azure-iothub';
import { type HubError, toHubError } from '../azure/hub-error.ts';
import { rowOf } from '../azure/guarded-row.ts';
import { bucketOf } from './bucket.ts';
import type { FleetQueries } from './fleet-queries.ts';
import { TagBudget, type TagBudgetOptions } from './tag-budget.ts';

export interface BucketTagsOptions extends TagBudgetOptions {
  readonly registry: () => Promise<Registry>;
  readonly fleet: Pick<FleetQueries, 'some'>;
}

export interface TaggingReport {
  readonly tagged: number;
  /** No device without a tag is left, as far as the hub's queries show. */
  readonly complete: boolean;
}

const KEYS = { partitionKey: 'settings', rowKey: 'bucket-tags' };
const UNTAGGED = 'NOT is_defined(tags.ota.bucket)';
const PAGE = 1000;
const SECOND = 1000;
/** How long to wait for the hub's queries to show what was written. */
const LAG = 5 * SECOND;
/** For how long those may be held up who record events. */
const PATIENCE = 2 * SECOND;

/**
 * The tag `tags.ota.bucket` that a share of the fleet is selected by. It is written only once a rollout
 * wants it: to all devices by a backfill that can be interrupted anywhere (it asks for those that have
 * none), and from then on to new ones.
 */
export class BucketTags {
  readonly #options: BucketTagsOptions;
  readonly #budget: TagBudget;

  constructor(options: BucketTagsOptions) {
    this.#options = options;
    this.#budget = new TagBudget(options);
  }

  /** A rollout wants the tags: from now on they are written. */
  async want(): Promise<void> {
    if (await this.#state()) return;
    await (await this.#options.table()).upsertEntity({ ...KEYS, completeAt: '' }, 'Merge');
  }

  async isWanted(): Promise<boolean> {
    return (await this.#state()) !== undefined;
  }

  /** Whether the backfill has reached every device once. */
  async isComplete(): Promise<boolean> {
    return Boolean((await this.#state())?.completeAt);
  }

  /** How far it is, in one read; `completeAt` is when the backfill had first reached every device. */
  async progress(): Promise<{ readonly wanted: boolean; readonly completeAt?: string }> {
    const state = await this.#state();
    return { wanted: state !== undefined, ...(state?.completeAt && { completeAt: state.completeAt }) };
  }

  /**
   * Tags devices that have no tag, at the given rate, until none is left or the time is over. Throws
   * HubError and what the table throws; what was tagged stays tagged, and the next run goes on.
   */
  async backfill(until: Date): Promise<TaggingReport> {
    const done = new Set<string>();
    for (;;) {
      const page = await this.#options.fleet.some(UNTAGGED, PAGE);
      if (page.length === 0) {
        await this.#complete();
        return { tagged: done.size, complete: true };
      }
      // Queries lag behind writes: what this run has tagged may still be shown, and nothing else for a while.
      const untagged = page.filter((deviceId) => !done.has(deviceId));
      if (untagged.length === 0) await this.#options.wait(LAG);
      for (let i = 0; i < untagged.length; i += this.#options.updatesPerSecond) {
        const chunk = untagged.slice(i, i + this.#options.updatesPerSecond);
        if (!(await this.#budget.turn(chunk.length, until))) return { tagged: done.size, complete: false };
        await this.#tag(chunk);
        for (const deviceId of chunk) done.add(deviceId);
      }
      if (this.#options.now() >= until) return { tagged: done.size, complete: false };
    }
  }

  /**
   * Tags devices that were just created, if tags are wanted at all: as many as one turn takes, and none where
   * the budget is spent for the next moments, so that whoever records events does not wait for long. The
   * backfill finds the others. Throws HubError and what the table throws.
   */
  async tagNew(deviceIds: readonly string[]): Promise<void> {
    if (!(await this.isWanted())) return;
    const { now, updatesPerSecond } = this.#options;
    const chunk = deviceIds.slice(0, updatesPerSecond);
    if (await this.#budget.turn(chunk.length, new Date(now().getTime() + PATIENCE))) await this.#tag(chunk);
  }

  /** Tags these devices, however many there are; one that is gone by now is passed over. Throws HubError. */
  async #tag(deviceIds: readonly string[]): Promise<void> {
    const registry = await this.#options.registry();
    await Promise.all(
      deviceIds.map(async (deviceId) => {
        try {
          await registry.updateTwin(deviceId, { tags: { ota: { bucket: bucketOf(deviceId) } } }, '*');
        } catch (error) {
          const hubError: HubError = toHubError(error);
          if (hubError.kind !== 'not-found') throw hubError;
        }
      }),
    );
  }

  async #complete(): Promise<void> {
    if (await this.isComplete()) return;
    const completeAt = this.#options.now().toISOString();
    await (await this.#options.table()).upsertEntity({ ...KEYS, completeAt }, 'Merge');
  }

  async #state(): Promise<{ completeAt: string } | undefined> {
    return rowOf(await this.#options.table(), KEYS.partitionKey, KEYS.rowKey);
  }
}
