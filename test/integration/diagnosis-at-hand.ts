import type { ApiParts } from '../../src/functions/api/api-routes.ts';
import { BucketTags, type BucketTagsOptions } from '../../src/shared/rollout/bucket-tags.ts';
import { FleetQueries } from '../../src/shared/rollout/fleet-queries.ts';
import { HubConfigurations } from '../../src/shared/rollout/hub-configurations.ts';
import { hubRegistry } from './hub-registry.ts';

/** What a diagnosis asks, with a hub that does not answer. */
export function diagnosisAtHand(
  { table, now }: Pick<BucketTagsOptions, 'table' | 'now'>,
  events: ApiParts['diagnosis']['events'],
): ApiParts['diagnosis'] & { readonly tags: BucketTags } {
  const { configurations, fleet } = absentHub();
  const wait = async () => undefined;
  return {
    events,
    tags: new BucketTags({ table, registry: absentRegistry, fleet, updatesPerSecond: 50, now, wait }),
    configurations,
    installation: {
      triggerSource: 'polling',
      defaultPlan: 'all-at-once',
      downloads: 'public',
      webhookEndpoints: 1,
      auth: 'keys',
      configurationQuota: 100,
      dailyMessages: 400_000,
      partitions: 4,
    },
  };
}

/** What steers through a hub that does not answer: port 1 of loopback refuses at once. */
export function absentHub() {
  return {
    configurations: new HubConfigurations(absentRegistry),
    fleet: new FleetQueries(absentRegistry),
  };
}

async function absentRegistry() {
  return hubRegistry({ port: 1, ca: '', key: 'a2V5' }).registry;
}
