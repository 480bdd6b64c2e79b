import type { ApiClient } from '../client/api-client.ts';
import { reads } from '../client/reads.ts';
import { finding } from './check-access.ts';
import type { Finding } from './diagnosis.ts';

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

async function readChecks(client: ApiClient) {
  return (await client.get(reads.ready())).checks;
}

const NEXT: Readonly<Record<string, readonly string[]>> = {
  firmwareContainer: ['Check FIRMWARE_CONTAINER, and the role Storage Blob Data Owner of the app.'],
  releasesContainer: ['Check RELEASES_CONTAINER, and the role Storage Blob Data Owner of the app.'],
  tables: ['Check FIRMWARE_STORAGE, and the role Storage Table Data Contributor of the app.'],
  iotHub: ['Check IOT_HUB, and the rights of the app on configurations and twins.'],
  twinEvents: ['Check TWIN_EVENTS and TWIN_EVENTS_HUB, and the role Event Hubs Data Receiver of the app.'],
};
