import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import type { RolloutRecord } from '../../shared/rollout/rollout.ts';
import { stuckSince } from '../../shared/rollout/stuck.ts';
import type { DeviceUpdateSummary } from '../../shared/status/device-history.ts';
import type { LedgerReads, RolloutCounts } from '../../shared/status/ledger-reads.ts';
import {
  type DeviceQuery,
  type MatchingDevices,
  type MatchingParts,
  withDiagnoses,
} from './matching-devices.ts';

export interface SortingParts extends Pick<MatchingParts, 'connections'> {
  readonly reads: Pick<LedgerReads, 'countsOf' | 'devicesOf'>;
}

/** The ledger keeps no order of time, so a page reads all that it is sorted from: at most ten requests of 1,000 rows. */
const MOST_SORTED = 10_000;
const ROWS_A_READ = 1000;

/**
 * A page of the devices that match, the one that changed its state last first. A device that changes between two
 * pages moves to the front of the list, so to the first page. Throws a ProblemError for a continuation of
 * another list, and where more devices have the state than are sorted.
 */
export async function devicesByChange(
  { reads, connections }: SortingParts,
  rollout: RolloutRecord,
  query: DeviceQuery,
  now: Date,
): Promise<MatchingDevices> {
  const { limit, continuation } = query;
  const list = ['devices-by-change', rollout.id, query.state, query.reason, query.stuck].join('|');
  const after = continuation === undefined ? undefined : placeIn(continuation, list);
  assertSortable(await reads.countsOf(rollout), query);
  const found: DeviceUpdateSummary[] = [];
  for await (const device of allOf(reads, rollout, query)) {
    if (fits(device, query, rollout, now) && (!after || byChange(after, device) < 0)) found.push(device);
  }
  const page = found.toSorted(byChange).slice(0, limit);
  const last = page.at(-1);
  return {
    devices: await withDiagnoses(connections, rollout, page, now),
    continuation: last && found.length > limit ? writeKeyset(list, [last.since, last.deviceId]) : undefined,
  };
}

type Place = Pick<DeviceUpdateSummary, 'since' | 'deviceId'>;

/** RFC 3339 in UTC with milliseconds throughout, so its text sorts by time. */
function byChange(a: Place, b: Place): number {
  if (a.since !== b.since) return a.since > b.since ? -1 : 1;
  return a.deviceId < b.deviceId ? -1 : Number(a.deviceId > b.deviceId);
}

function placeIn(continuation: string, list: string): Place {
  const [since, deviceId] = readKeyset(continuation, list, 2);
  if (since === undefined || deviceId === undefined) throw invalidContinuation();
  return { since, deviceId };
}

function assertSortable({ byState, seen }: RolloutCounts, { state, reason, stuck }: DeviceQuery): void {
  const { Downloading, Verifying, Applying, Failed } = byState;
  const ofState = state === undefined ? seen : byState[state];
  const counted = Math.min(
    ofState,
    reason === undefined ? seen : Failed,
    stuck === undefined ? seen : Downloading + Verifying + Applying,
  );
  if (counted <= MOST_SORTED) return;
  const detail = `sorts at most ${MOST_SORTED} devices, and these are ${counted}: name a state or a reason that fewer have`;
  throw new ProblemError('bad-request', 'The query has parameters that are not right.', {
    errors: [{ in: 'query', pointer: 'sort', detail }],
  });
}

/** State by state where that is known, so that nothing else is read. */
async function* allOf(
  reads: SortingParts['reads'],
  rollout: RolloutRecord,
  { state, reason, stuck }: DeviceQuery,
): AsyncGenerator<DeviceUpdateSummary> {
  for (const each of statesOf(state, reason, stuck)) {
    let continuation: string | undefined;
    do {
      const page = await reads.devicesOf(rollout, { state: each, limit: ROWS_A_READ, continuation });
      yield* page.devices;
      ({ continuation } = page);
    } while (continuation !== undefined);
  }
}

function statesOf(
  state: DeviceQuery['state'],
  reason: string | undefined,
  stuck: DeviceQuery['stuck'],
): readonly DeviceQuery['state'][] {
  // A reason is kept only while a device is failed, and only a device at work can be stuck.
  const possible = (name: NonNullable<DeviceQuery['state']>): boolean =>
    (reason === undefined || name === 'Failed') &&
    (stuck === undefined || ['Downloading', 'Verifying', 'Applying'].includes(name));
  if (state !== undefined) return possible(state) ? [state] : [];
  if (reason !== undefined) return possible('Failed') ? ['Failed'] : [];
  return stuck === undefined ? [undefined] : ['Downloading', 'Verifying', 'Applying'];
}

function fits(
  device: DeviceUpdateSummary,
  { state, reason, stuck }: DeviceQuery,
  { plan: { limits } }: RolloutRecord,
  now: Date,
): boolean {
  return (
    (state === undefined || device.state === state) &&
    (reason === undefined || device.reason === reason) &&
    (stuck === undefined || stuckSince(device, limits, now) !== undefined)
  );
}
