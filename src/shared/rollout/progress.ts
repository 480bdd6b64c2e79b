import type { HubConfigurations } from './hub-configurations.ts';
import type { RolloutStore } from './rollout-store.ts';

/**
 * Reads targeted and applied counts of every active rollout from the hub in one request and keeps those
 * that changed. A configuration that was removed on the hub targets nobody. Answers how many changed.
 */
export async function refreshProgress(
  rollouts: Pick<RolloutStore, 'list' | 'recordProgress'>,
  configurations: Pick<HubConfigurations, 'metrics'>,
  now: Date,
): Promise<number> {
  const active = (await rollouts.list()).filter((rollout) => rollout.state === 'active');
  if (active.length === 0) return 0;
  const metrics = await configurations.metrics();
  let changed = 0;
  for (const { id, progress } of active) {
    const { targeted, applied } = metrics.get(id) ?? { targeted: 0, applied: 0 };
    if (progress?.targeted === targeted && progress.applied === applied) continue;
    await rollouts.recordProgress(id, { targeted, applied, observedAt: now.toISOString() });
    changed++;
  }
  return changed;
}
