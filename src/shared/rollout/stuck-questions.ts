import type { LedgerReads } from '../status/ledger-reads.ts';
import type { StuckDevice } from '../status/stuck-reads.ts';
import type { KnownConnection } from './diagnosis.ts';
import { type DeviceConnections, idBatches } from './device-connections.ts';
import type { HubQueryBudget } from './hub-query-budget.ts';
import type { Observed } from './judge.ts';
import type { StuckConnections } from './stuck-connections.ts';

export interface StuckQuestionsParts {
  readonly ledger: () => Promise<Pick<LedgerReads, 'stuckDevices'>>;
  readonly connections: Pick<DeviceConnections, 'of'>;
  readonly known: Pick<StuckConnections, 'all' | 'keep' | 'forget'>;
  readonly budget: Pick<HubQueryBudget, 'take'>;
}

/** Of each rollout so many stuck devices are asked about; of the others only their own reports are known. */
export const ASKED_DEVICES = 2000;
/** Of each run, so that no rollout takes all of the budget. */
const QUERIES_A_ROLLOUT = 2;
/** Who stays stuck is asked about again after this. */
const AGAIN_AFTER_MS = 10 * 60_000;

/**
 * Asks the hub whether the stuck devices of these rollouts are connected, and keeps the answers where reads
 * find them: nothing that counts or decides depends on it. What fails is told of, not thrown.
 */
export async function askAboutStuck(
  parts: StuckQuestionsParts,
  observed: readonly Observed[],
  now: Date,
): Promise<readonly { readonly rollout: string; readonly error: unknown }[]> {
  const failures: { rollout: string; error: unknown }[] = [];
  for (const one of observed) {
    if (one.stuck === 0) continue;
    try {
      await askOf(parts, one, now);
    } catch (error) {
      failures.push({ rollout: one.rollout.id, error });
    }
  }
  return failures;
}

async function askOf(
  { ledger, connections, known, budget }: StuckQuestionsParts,
  { rollout }: Observed,
  now: Date,
): Promise<void> {
  const stuck = await (await ledger()).stuckDevices(rollout, rollout.plan.limits, now, ASKED_DEVICES);
  const { ask, forget } = questions(stuck, await known.all(rollout.id), now);
  await known.forget(rollout.id, forget);
  const updates = new Map(ask.map((device) => [device.deviceId, device]));
  for (const batch of idBatches([...updates.keys()]).slice(0, QUERIES_A_ROLLOUT)) {
    if (!(await budget.take())) return;
    const answers = await connections.of(batch);
    const learned = [...answers].flatMap(([deviceId, connection]): [string, KnownConnection][] => {
      const update = updates.get(deviceId);
      if (update === undefined) return [];
      const { state, since } = update;
      const { kind, lastActivityAt } = connection;
      return [[deviceId, { kind, lastActivityAt, state, since, askedAt: now.toISOString() }]];
    });
    await known.keep(rollout.id, new Map(learned));
  }
}

/**
 * Whom to ask about: first those of whom nothing is known in their state, then those who were asked about
 * longest ago. What is known of devices that went on is forgotten. Pure.
 */
export function questions(
  stuck: readonly StuckDevice[],
  known: ReadonlyMap<string, KnownConnection>,
  now: Date,
): { readonly ask: readonly StuckDevice[]; readonly forget: readonly string[] } {
  const due = new Date(now.getTime() - AGAIN_AFTER_MS).toISOString();
  const askedAt = ({ deviceId, state, since }: StuckDevice): string => {
    const answer = known.get(deviceId);
    return answer?.state === state && answer.since === since ? answer.askedAt : '';
  };
  const ask = stuck
    .map((device) => ({ device, askedAt: askedAt(device) }))
    .filter((one) => one.askedAt <= due)
    .toSorted((a, b) => a.askedAt.localeCompare(b.askedAt))
    .map(({ device }) => device);
  const stuckIds = new Set(stuck.map(({ deviceId }) => deviceId));
  return { ask, forget: [...known.keys()].filter((deviceId) => !stuckIds.has(deviceId)) };
}
