import type { ApiClient } from '../client/api-client.ts';
import type { RolloutDetail } from '../client/answers.ts';
import { reads } from '../client/reads.ts';
import { finding } from './check-access.ts';
import type { Finding } from './diagnosis.ts';

/** So many rollouts are looked at for reports that do not come. */
const LOOKED_AT = 10;

/** What the app says of each service behind it. */
export async function readinessFindings(client: ApiClient): Promise<readonly Finding[]> {
  let checks: Awaited<ReturnType<typeof readChecks>> = {};
  const asked = await finding('ready', 'the app tells what it depends on', async () => {
    checks = await readChecks(client);
  });
  if (asked.level === 'fail') return [asked];
  return Object.entries(checks).map(([name, { ok, reason, lag }]): Finding => {
    const behind = lag === undefined ? '' : `; ${lag} twin changes are not recorded yet`;
    if (ok) return { check: name, level: 'ok', text: `it answers the app${behind}` };
    return {
      check: name,
      level: 'fail',
      text: `it does not answer the app: ${reason ?? 'no reason was given'}`,
      next: NEXT[name] ?? ["The app's log says more."],
    };
  });
}

/**
 * Do reports of devices come back? A route of twin changes that is missing shows nowhere else: devices have
 * the image, and the rollout has seen none of them.
 */
export async function reportFinding(client: ApiClient): Promise<Finding> {
  const { value } = await client.get(reads.rollouts({ limit: LOOKED_AT }));
  const offered = value.filter(({ hub, state }) => (hub?.applied ?? 0) > 0 && state !== 'retired');
  const check = 'reports';
  if (offered.length === 0) {
    return { check, level: 'ok', text: 'no rollout has been offered to a device yet: nothing to tell' };
  }
  const details: RolloutDetail[] = [];
  for (const { id } of offered) details.push(await client.get(reads.rollout(id)));
  const silent = details.find(({ seen }) => seen === 0);
  if (!silent)
    return { check, level: 'ok', text: 'devices report to every rollout that was offered to them' };
  return {
    check,
    level: 'warn',
    text: `${silent.id}: offered to ${silent.hub?.applied ?? 0} devices, and none has reported`,
    next: [
      'Just started, or are the devices offline? Then wait.',
      'Else the hub needs a message route with the source TwinChangeEvents to the event hub of TWIN_EVENTS.',
    ],
  };
}

async function readChecks(client: ApiClient) {
  return (await client.get(reads.ready())).checks;
}

const NEXT: Readonly<Record<string, readonly string[]>> = {
  tables: ['Check FIRMWARE_STORAGE, and the role Storage Table Data Contributor of the app.'],
  iotHub: ['Check IOT_HUB, and the rights of the app on configurations and twins.'],
  twinEvents: ['Check TWIN_EVENTS and TWIN_EVENTS_HUB, and the role Event Hubs Data Receiver of the app.'],
};
