import type { Diagnosis } from '../client/answers.ts';
import type { ApiClient } from '../client/api-client.ts';
import { ApiError } from '../client/api-error.ts';
import { reads } from '../client/reads.ts';
import { quotaWarning } from '../src/shared/rollout/configuration-quota.ts';
import { arrivalFindings } from './check-arrivals.ts';
import { type Finding, notKnown } from './diagnosis.ts';
import { explained } from './failure.ts';

/** What can be wrong though every service answers: routes, reports, tags, quota, the default plan, settings. */
export async function installationFindings(client: ApiClient): Promise<readonly Finding[]> {
  try {
    return judgedInstallation(await client.get(reads.diagnosis()));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [OLDER_APP];
    const known = explained(error);
    if (!known) throw error;
    return [{ check: 'diagnosis', level: 'fail', text: known.message, next: known.next }];
  }
}

/** What is to be said of what the app has told. Pure. */
export function judgedInstallation(told: Diagnosis): readonly Finding[] {
  return [
    ...arrivalFindings(told),
    tagsFinding(told.tags),
    quotaFinding(told.quota, told.settings.dailyMessages),
    planFinding(told.plan),
    setupFinding(told.settings),
  ];
}

const OLDER_APP: Finding = {
  check: 'diagnosis',
  level: 'warn',
  text: 'the app does not tell of its routes, tags and quota: it is older than this command',
  next: ['Deploy the app anew.'],
};

function tagsFinding(tags: Diagnosis['tags']): Finding {
  const check = 'tags';
  if (!tags.known) return notKnown(check, tags.reason);
  if (!tags.wanted) {
    return { check, level: 'ok', text: 'no stage has wanted a share of the fleet yet: none is written' };
  }
  if (tags.completeAt !== undefined) {
    return { check, level: 'ok', text: 'every device has had its bucket tag; new ones are given theirs' };
  }
  return {
    check,
    level: 'warn',
    text: 'bucket tags are being written; a stage that wants a share of the fleet waits for them',
    next: [
      'Just begun? It goes at TWIN_UPDATES_PER_SECOND devices a second, 50 where it is not set.',
      'Else look for devices-tagged in the log of the app: it needs the right to write twins.',
    ],
  };
}

function quotaFinding(quota: Diagnosis['quota'], dailyMessages: number): Finding {
  const check = 'quota';
  if (!quota.known) return notKnown(check, quota.reason);
  const { configurations, limit } = quota;
  const isFull = configurations >= limit;
  const warning = quotaWarning(isFull ? limit + 1 : configurations, limit);
  if (warning === undefined) {
    const messages = `HUB_DAILY_MESSAGES is ${dailyMessages} a day`;
    return {
      check,
      level: 'ok',
      text: `${configurations} of ${limit} configurations are on the hub; ${messages}`,
    };
  }
  const next = [`HUB_CONFIGURATION_QUOTA is ${limit}: is that what the tier of the hub allows?`];
  return { check, level: isFull ? 'fail' : 'warn', text: warning, next };
}

function planFinding(plan: Diagnosis['plan']): Finding {
  const check = 'plan';
  if (!plan.known) return notKnown(check, plan.reason);
  if (plan.problem === undefined) {
    return { check, level: 'ok', text: `an upload that names no plan has ${plan.name}` };
  }
  const next = ['Uploads that name no plan are refused until then. Or set DEFAULT_PLAN to another one.'];
  return { check, level: 'fail', text: plan.problem, next };
}

const DOWNLOADS: Readonly<Record<Diagnosis['settings']['downloads'], string>> = {
  public: 'devices download without a secret',
  sas: 'devices download with DOWNLOAD_SAS',
  app: 'devices download from the app',
};

function setupFinding({ triggerSource, downloads, webhookEndpoints, auth }: Diagnosis['settings']): Finding {
  const uploads =
    triggerSource === 'polling'
      ? 'images are found by polling (a Flex Consumption plan needs EventGrid)'
      : 'images are found by Event Grid';
  const webhooks = webhookEndpoints === 0 ? 'no webhooks' : `webhooks to ${webhookEndpoints}`;
  return {
    check: 'setup',
    level: 'ok',
    text: [uploads, DOWNLOADS[downloads], webhooks, `API_AUTH is ${auth}`].join('; '),
  };
}
