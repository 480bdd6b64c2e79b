import { app } from '@azure/functions';
import { logEvent } from '../shared/log.ts';
import type { HubConfigurations } from '../shared/rollout/hub-configurations.ts';
import { refreshProgress } from '../shared/rollout/progress.ts';
import type { RolloutStore } from '../shared/rollout/rollout-store.ts';
import type { Settings } from '../shared/settings.ts';

export interface RefreshParts {
  readonly rollouts: RolloutStore;
  readonly configurations: HubConfigurations;
}

/** Timer: keeps the hub's targeted and applied counts with the rollouts, so that reads never ask the hub. */
export function registerRolloutsRefreshed(settings: Settings, parts: () => RefreshParts): void {
  app.timer('rollouts-refreshed', {
    schedule: settings.rollouts.refreshSchedule,
    handler: async (_timer, context) => {
      const { rollouts, configurations } = parts();
      const changed = await refreshProgress(rollouts, configurations, new Date());
      logEvent(context, 'info', 'rollouts-refreshed', { changed });
    },
  });
}
