import { app, type HttpRequest } from '@azure/functions';
import { z } from 'zod';
import type { ReleaseStore } from '../shared/firmware/release-store.ts';
import { endpoint, queryOf } from '../shared/http/endpoint.ts';
import { limit, servedPage } from '../shared/http/paging.ts';
import { ProblemError } from '../shared/http/problem.ts';
import { servedRollout, servedRolloutDetail } from '../shared/rollout/served-rollout.ts';
import type { RolloutRecord } from '../shared/rollout/rollout.ts';
import type { RolloutStore } from '../shared/rollout/rollout-store.ts';
import { deviceUpdateStates } from '../shared/status/device-update.ts';
import type { LedgerReads } from '../shared/status/ledger-reads.ts';
import { InvalidContinuationError } from '../shared/status/page-cursor.ts';

export interface RolloutParts {
  readonly rollouts: RolloutStore;
  readonly releases: ReleaseStore;
  readonly ledger: () => Promise<LedgerReads>;
}

const noQuery = z.strictObject({});
const devicesQuery = z.strictObject({
  state: z.enum(deviceUpdateStates, `must be one of ${deviceUpdateStates.join(', ')}`).optional(),
  limit,
  continuation: z.string().max(4096).optional(),
});

/** HTTP: rollouts, one rollout with its release and counts, and its devices. */
export function registerRollouts(parts: () => RolloutParts): void {
  const get = { methods: ['GET', 'HEAD'] as ['GET', 'HEAD'], authLevel: 'function' as const };
  app.http('rollouts', {
    ...get,
    route: 'rollouts',
    handler: endpoint(async (request) => {
      queryOf(request, noQuery);
      return { body: { value: (await parts().rollouts.list()).map(servedRollout) } };
    }),
  });
  app.http('rollout', {
    ...get,
    route: 'rollouts/{id}',
    handler: endpoint(async (request) => {
      queryOf(request, noQuery);
      const { releases, ledger } = parts();
      const rollout = await rolloutOf(parts(), request);
      const [release, counts] = await Promise.all([
        releases.get(rollout.deviceType, rollout.version),
        ledger().then((reads) => reads.countsOf(rollout)),
      ]);
      return { body: servedRolloutDetail(rollout, release, counts) };
    }),
  });
  app.http('rollout-devices', {
    ...get,
    route: 'rollouts/{id}/devices',
    handler: endpoint(async (request) => {
      const query = queryOf(request, devicesQuery);
      const rollout = await rolloutOf(parts(), request);
      const page = await devicesOf(await parts().ledger(), rollout, query);
      return { body: servedPage(request.url, page.devices, page.continuation) };
    }),
  });
}

async function rolloutOf({ rollouts }: RolloutParts, request: HttpRequest): Promise<RolloutRecord> {
  const id = request.params['id'] ?? '';
  const rollout = /^[a-z0-9_-]{1,128}$/.test(id) ? await rollouts.get(id) : undefined;
  if (!rollout) throw new ProblemError('not-found', `There is no rollout "${id}".`);
  return rollout;
}

async function devicesOf(reads: LedgerReads, rollout: RolloutRecord, query: z.infer<typeof devicesQuery>) {
  try {
    return await reads.devicesOf(rollout, query);
  } catch (error) {
    if (!(error instanceof InvalidContinuationError)) throw error;
    throw new ProblemError('bad-request', error.message, [
      { pointer: 'continuation', detail: error.message },
    ]);
  }
}
