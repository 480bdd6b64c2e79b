import type { Configuration, Registry } from 'azure-iothub';
import { toHubError } from '../azure/hub-error.ts';

/** A configuration of this id is on the hub, but it was not made for this release. */
export class ConfigurationConflictError extends Error {
  readonly code = 'configuration-conflict';
  constructor(id: string) {
    super(`The hub already has a configuration "${id}" with other content`);
    this.name = 'ConfigurationConflictError';
  }
}

/** What of a configuration can be changed once it is there; its content cannot. */
export interface ConfigurationTarget {
  readonly targetCondition: string;
  readonly priority: number;
}

/** One configuration as the hub shows it: whom it selects, and the counts that it last computed. */
export interface ListedConfiguration extends ConfigurationTarget {
  /** Absent before the hub's first evaluation. */
  readonly targeted: number | undefined;
  readonly applied: number | undefined;
  /** Paths of the twin that it writes, e.g. `properties.desired.firmware`. */
  readonly writes: readonly string[];
}

/** How often a configuration that changes at the same moment is looked at again. */
const MAX_TRIES = 5;

/** The hub's automatic device configurations. Everything thrown is a HubError or a ConfigurationConflictError. */
export class HubConfigurations {
  readonly #registry: () => Promise<Registry>;

  constructor(registry: () => Promise<Registry>) {
    this.#registry = registry;
  }

  /**
   * Creates the configuration if it is not there. Content is immutable on the hub, so an existing one
   * with the same content is the work of an earlier try; with other content it is a conflict.
   */
  async ensure(configuration: Configuration): Promise<void> {
    const registry = await this.#registry();
    try {
      await registry.addConfiguration(configuration);
    } catch (error) {
      const hubError = toHubError(error);
      if (hubError.kind !== 'exists') throw hubError;
      const existing = await this.get(configuration.id);
      if (!existing) throw hubError;
      if (!sameContent(existing, configuration)) throw new ConfigurationConflictError(configuration.id);
    }
  }

  async get(id: string): Promise<Configuration | undefined> {
    const registry = await this.#registry();
    try {
      return (await registry.getConfiguration(id)).responseBody;
    } catch (error) {
      const hubError = toHubError(error);
      if (hubError.kind === 'not-found') return undefined;
      throw hubError;
    }
  }

  /** Every configuration on the hub by id, in one request whatever their number. */
  async listed(): Promise<ReadonlyMap<string, ListedConfiguration>> {
    const registry = await this.#registry();
    const configurations = await translated(async () => (await registry.getConfigurations()).responseBody);
    return new Map(configurations.map((configuration) => [configuration.id, listedOf(configuration)]));
  }

  /**
   * Makes the configuration select whom `target` says, read anew by `decide` after the configuration
   * itself: so that of two that change it at once, the one that read later wins and the other starts
   * again. `missing` where the configuration is not on the hub.
   */
  async retarget(id: string, decide: () => Promise<ConfigurationTarget>): Promise<'applied' | 'missing'> {
    const registry = await this.#registry();
    for (let attempt = 1; ; attempt++) {
      const current = await this.get(id);
      if (!current) return 'missing';
      const target = await decide();
      if (current.targetCondition === target.targetCondition && current.priority === target.priority)
        return 'applied';
      try {
        await registry.updateConfiguration({ ...current, ...target }, false);
        return 'applied';
      } catch (error) {
        const hubError = toHubError(error);
        // Some hubs answer a stale etag with 409 instead of 412.
        const stale = hubError.kind === 'precondition-failed' || hubError.kind === 'exists';
        if (!stale || attempt === MAX_TRIES) throw hubError;
      }
    }
  }

  /** Removes the configuration; an absent one counts as removed. */
  async remove(id: string): Promise<void> {
    const registry = await this.#registry();
    try {
      await registry.removeConfiguration(id);
    } catch (error) {
      const hubError = toHubError(error);
      if (hubError.kind !== 'not-found') throw hubError;
    }
  }

  /** How many configurations the hub holds, whoever made them. */
  async count(): Promise<number> {
    const registry = await this.#registry();
    return translated(async () => (await registry.getConfigurations()).responseBody.length);
  }

  /**
   * Throws a HubError where the hub does not answer or the rights are missing. It asks for a twin that
   * is not there: twin reads have the widest limit of all operations, and the answer 404 proves the way.
   */
  async ping(): Promise<void> {
    const registry = await this.#registry();
    try {
      await registry.getTwin('firmware-ota-readiness');
    } catch (error) {
      const hubError = toHubError(error);
      if (hubError.kind !== 'not-found') throw hubError;
    }
  }
}

export function listedOf(configuration: Configuration): ListedConfiguration {
  const { targetCondition, priority, systemMetrics, content } = configuration;
  const results = systemMetrics?.results ?? {};
  return {
    targetCondition: targetCondition ?? '',
    priority: priority ?? 0,
    targeted: results['targetedCount'],
    applied: results['appliedCount'],
    writes: Object.keys(content?.deviceContent ?? {}),
  };
}

async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toHubError(error);
  }
}

/** The hub gives JSON back with members in its own order. */
function sameContent(a: Configuration, b: Configuration): boolean {
  return canonical(a.content?.deviceContent) === canonical(b.content?.deviceContent);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([x], [y]) => (x < y ? -1 : 1)))
      : member,
  );
}
