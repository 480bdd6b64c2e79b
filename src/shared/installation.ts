import type { Settings } from './settings.ts';

/** How devices get at their images: as anybody does, with a SAS, or from the app itself. */
export const downloadWays = ['public', 'sas', 'app'] as const;

/** What the settings say of the installation: nothing that is secret, nor where anything is. */
export interface Installation {
  readonly triggerSource: Settings['firmware']['triggerSource'];
  readonly defaultPlan: string;
  readonly downloads: (typeof downloadWays)[number];
  readonly webhookEndpoints: number;
  readonly auth: Settings['api']['auth'];
  readonly configurationQuota: number;
  readonly dailyMessages: number;
  /** How many partitions the event hub is taken to have. */
  readonly partitions: number;
}

export function installationOf(settings: Settings): Installation {
  const { firmware, releases, rollouts, webhooks, api, hubLimits, twinEvents } = settings;
  return {
    triggerSource: firmware.triggerSource,
    defaultPlan: rollouts.defaultPlan,
    downloads: downloadsOf(releases),
    webhookEndpoints: webhooks?.endpoints.length ?? 0,
    auth: api.auth,
    configurationQuota: hubLimits.configurations,
    dailyMessages: hubLimits.dailyMessages,
    partitions: twinEvents.partitions,
  };
}

function downloadsOf({
  downloadSas,
  downloadTokenKey,
}: Pick<Settings['releases'], 'downloadSas' | 'downloadTokenKey'>): Installation['downloads'] {
  if (downloadTokenKey !== undefined) return 'app';
  return downloadSas === undefined ? 'public' : 'sas';
}
