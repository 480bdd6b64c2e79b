import { createRequire } from 'node:module';
import type { TableClient } from '@azure/data-tables';
import type * as functions from '@azure/functions';
import { matchRoute, parseRoute } from '../local/function-host/http-routes.ts';
import { rolloutCountsRoutes } from '../src/functions/api/rollout-counts.ts';
import { rolloutFailuresRoutes } from '../src/functions/api/rollout-failures.ts';
import { rolloutRoutes } from '../src/functions/api/rollouts.ts';
import type { LedgerTable } from '../src/shared/azure/table-access.ts';
import { ReleaseStore } from '../src/shared/firmware/release-store.ts';
import { builtInPlans } from '../src/shared/rollout/built-in-plans.ts';
import { countColumns } from '../src/shared/rollout/count-series.ts';
import { CountSeriesStore } from '../src/shared/rollout/count-series-store.ts';
import { startPosition } from '../src/shared/rollout/opening.ts';
import type { Rollout } from '../src/shared/rollout/rollout.ts';
import { PendingStore } from '../src/shared/rollout/pending-store.ts';
import { RolloutStore } from '../src/shared/rollout/rollout-store.ts';
import { StuckConnections } from '../src/shared/rollout/stuck-connections.ts';
import { type DevicePageQuery, LedgerReads } from '../src/shared/status/ledger-reads.ts';
import { RecountStore } from '../src/shared/status/recount-store.ts';
import { countedTable, noCost } from './counted-table.ts';

const NOW = new Date('2026-03-01T13:00:00.000Z');

/** The tables of an app that has one rollout. */
export interface RolloutTables {
  readonly rollouts: TableClient;
  readonly releases: TableClient;
  readonly updates: LedgerTable;
}

/** An answer is not what was asked for: the figures of such a run would be worth nothing. */
export class BenchAnswerError extends Error {
  readonly code = 'BENCH_ANSWER';
  constructor(asked: string, status: number | undefined) {
    super(`The answer to ${asked} was empty, or its status not 200 but ${status}`);
    this.name = 'BenchAnswerError';
  }
}

/** The rollout, its release and one point of its counts: all that reads look at beside the ledger. */
export async function keepRollout({ rollouts, releases }: RolloutTables, rollout: Rollout): Promise<void> {
  const plan = builtInPlans['all-at-once'];
  const { id, deviceType, version, createdAt } = rollout;
  const position = { ...startPosition(plan, 10, new Date(createdAt)), state: 'running' as const };
  const { state, stage, revision } = position;
  const store = new RolloutStore(
    async () => rollouts,
    () => NOW,
  );
  const added = { ...rollout, planName: 'all-at-once', plan, priority: 10, labels: {}, windowStart: 0 };
  const entry = { action: 'started', actor: 'service', reason: '', inputs: {} } as const;
  await store.add(added, position, { ...entry, revision, at: createdAt, state, stage });
  const seen = { releases: [], headEtag: undefined };
  await new ReleaseStore(async () => releases).claim(releaseOf({ id, deviceType, version, createdAt }), seen);
  const counts = Object.fromEntries(countColumns.map((name) => [name, 0])) as Record<
    (typeof countColumns)[number],
    number
  >;
  const series = new CountSeriesStore(async () => rollouts);
  await series.add(id, { at: NOW.getTime() / 1000, counts }, 'always');
}

/** The app's own routes over these tables, whose use is counted. Throws BenchAnswerError. */
export function readsApp(tables: RolloutTables) {
  const cost = noCost();
  const rollouts = countedTable(tables.rollouts, cost).table;
  const releases = countedTable(tables.releases, cost).table;
  const reads = new LedgerReads(countedTable(tables.updates, cost).table);
  // The stores make no other calls of their client than the ledger does, where they read one row.
  const rolloutStore = new RolloutStore(
    async () => rollouts as unknown as TableClient,
    () => NOW,
  );
  const parts = {
    rollouts: rolloutStore,
    releases: new ReleaseStore(async () => releases as unknown as TableClient),
    ledger: async () => reads,
    recounts: new RecountStore(async () => rollouts),
    countSeries: new CountSeriesStore(async () => rollouts),
    connections: new StuckConnections(async () => rollouts),
    pending: new PendingStore(async () => rollouts),
    now: () => NOW,
  };
  const routes = [
    ...rolloutRoutes(parts),
    ...rolloutCountsRoutes(parts),
    ...rolloutFailuresRoutes(parts),
  ].map((route) => parseRoute(route.operation.path, [route.operation.method], route));
  return {
    cost,
    /** Answers a GET below `/api`. */
    get: async (path: string): Promise<void> => {
      const match = matchRoute(routes, 'GET', path);
      const request = new HttpRequest({
        method: 'GET',
        url: `http://bench${path}`,
        params: match?.params ?? {},
      });
      const served = await match?.target.handle(request, { name: 'bench' }, () => undefined);
      if (served?.status !== 200) throw new BenchAnswerError(path, served?.status);
    },
    /** A page of devices, by the reads that every list of devices stands on. */
    page: async (rollout: Rollout, query: DevicePageQuery): Promise<void> => {
      const { devices } = await reads.devicesOf(rollout, query);
      if (devices.length === 0) throw new BenchAnswerError(`devices ${query.state ?? ''}`, 200);
    },
  };
}
export type ReadsApp = ReturnType<typeof readsApp>;

/** The package is a CommonJS bundle whose names Node does not see. */
const { HttpRequest } = createRequire(import.meta.url)('@azure/functions') as typeof functions;

function releaseOf({ id, ...rest }: Pick<Rollout, 'id' | 'deviceType' | 'version' | 'createdAt'>) {
  return {
    ...rest,
    rolloutId: id,
    size: 600_000,
    crc16: 0x31c3,
    sha256: 'ab'.repeat(32),
    blobPath: 'IoTDevKit/1.0.1.bin',
    url: 'https://example.com/releases/IoTDevKit/1.0.1.bin',
    targetCondition: '*',
    source: { path: 'FirmwareOTA-1.0.1.bin', etag: '0x1' },
  };
}
