import { app } from '@azure/functions';
import { logEvent } from '../shared/log.ts';
import type { BucketTags } from '../shared/rollout/bucket-tags.ts';
import type { Settings } from '../shared/settings.ts';

/** A run ends before the next one of the default schedule; an interrupted backfill just goes on. */
const RUN_MS = 50_000;

/** Timer: gives devices their bucket tag, once a rollout wants the tags. */
export function registerDevicesTagged(settings: Settings, tags: () => BucketTags): void {
  app.timer('devices-tagged', {
    schedule: settings.rollouts.judgeSchedule,
    handler: async (_timer, context) => {
      if (!(await tags().isWanted())) return;
      const report = await tags().backfill(new Date(Date.now() + RUN_MS));
      if (report.tagged > 0) logEvent(context, 'info', 'devices-tagged', { ...report });
    },
  });
}
