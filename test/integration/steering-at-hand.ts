import { type ApiParts, apiRoutes } from '../../src/functions/api/api-routes.ts';
import type { Admission } from '../../src/shared/firmware/admission.ts';
import type { ApiAuth } from '../../src/shared/http/caller.ts';
import { FleetQueries } from '../../src/shared/rollout/fleet-queries.ts';
import { HubConfigurations } from '../../src/shared/rollout/hub-configurations.ts';
import { countsBy } from '../../src/shared/status/counts.ts';
import { InProcessApi } from '../unit/http/in-process-api.ts';
import type { AdmissionHarness } from './admission-harness.ts';
import { hubRegistry } from './hub-registry.ts';

/** What the service has to say before any device has reported. */
const noReports = { byState: countsBy(() => 0), retrying: 0, seen: 0 };

export interface SteeringOptions {
  /** Steers over a connection that nobody answers. */
  readonly hubIsDown?: boolean;
  readonly auth?: ApiAuth;
}

/** The API over the storage and the hub of an admission, in this process. */
export function steeringApi(
  harness: AdmissionHarness,
  admission: Admission,
  { hubIsDown = false, auth = 'keys' }: SteeringOptions = {},
): InProcessApi {
  // Port 1 of loopback: refused at once.
  const registry = hubIsDown ? hubRegistry({ port: 1, ca: '', key: 'a2V5' }).registry : harness.registry;
  const hub = async () => registry;
  const { rollouts, releases, uploads, dropBox, now } = admission;
  const parts = {
    dropBox,
    rollouts,
    releases,
    uploads,
    now,
    ledger: async () => ({ countsOf: async () => noReports }),
    recounts: { summaryOf: async () => undefined },
    pending: { listingOf: async () => undefined },
    admission: { ...admission, fleet: new FleetQueries(hub) },
    steering: { rollouts, configurations: new HubConfigurations(hub), fleet: new FleetQueries(hub), now },
  };
  return new InProcessApi(apiRoutes(parts as unknown as ApiParts), auth);
}

/** Sends JSON; the answer with its status. */
export async function post(
  api: InProcessApi,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await api.ask(`/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, ...answer.json() } as { status: number } & Record<string, unknown>;
}
