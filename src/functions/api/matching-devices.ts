import { invalidContinuation } from '../../shared/http/keyset-cursor.ts';
import { type Stuck, withDiagnosis } from '../../shared/rollout/diagnosis.ts';
import type { RolloutRecord } from '../../shared/rollout/rollout.ts';
import type { StuckConnections } from '../../shared/rollout/stuck-connections.ts';
import { stuckSince } from '../../shared/rollout/stuck.ts';
import type { DeviceUpdateSummary } from '../../shared/status/device-history.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { InvalidContinuationError } from '../../shared/status/page-cursor.ts';

export interface DeviceQuery {
  readonly state?: DeviceUpdateSummary['state'] | undefined;
  readonly reason?: string | undefined;
  readonly stuck?: 'true' | undefined;
  readonly limit: number;
  readonly continuation?: string | undefined;
}

/** A device update, with why it is stuck, where it is. */
export type FlaggedDevice = DeviceUpdateSummary & { readonly stuck?: Stuck };

export interface MatchingParts {
  readonly reads: Pick<LedgerReads, 'devicesOf'>;
  readonly connections: Pick<StuckConnections, 'of'>;
}

export interface MatchingDevices {
  readonly devices: readonly FlaggedDevice[];
  readonly continuation: string | undefined;
}

/** Reads of the ledger for one page: where few devices match, a page ends here though it is not full. */
const READS_A_PAGE = 10;

/**
 * A page of the devices that match. The ledger finds states by itself; reasons and stuck devices are
 * looked for in what it finds. Throws a ProblemError for a continuation of another list.
 */
export async function matchingDevices(
  { reads, connections }: MatchingParts,
  rollout: RolloutRecord,
  { state, reason, stuck, limit, continuation }: DeviceQuery,
  now: Date,
): Promise<MatchingDevices> {
  // A reason is kept only while a device is failed: with any other state, nothing can match.
  if (reason !== undefined && state !== undefined && state !== 'Failed') {
    return { devices: [], continuation: undefined };
  }
  const sought = reason === undefined ? state : ('Failed' as const);
  const devices: FlaggedDevice[] = [];
  let next = continuation;
  for (let read = 0; read < READS_A_PAGE; read++) {
    const query = { state: sought, limit: limit - devices.length, continuation: next };
    const page = await pageOfLedger(reads, rollout, query);
    const flagged = await withDiagnoses(connections, rollout, page.devices, now);
    devices.push(...flagged.filter((device) => fits(device, reason, stuck === 'true')));
    next = page.continuation;
    if (next === undefined || devices.length === limit) break;
  }
  return { devices, continuation: next };
}

/** Why those of them are stuck that are: one range read more where any is. */
export async function withDiagnoses(
  connections: MatchingParts['connections'],
  { id, plan: { limits } }: RolloutRecord,
  devices: readonly DeviceUpdateSummary[],
  now: Date,
): Promise<readonly FlaggedDevice[]> {
  const stuck = devices.filter((device) => stuckSince(device, limits, now) !== undefined);
  const known = await connections.of(
    id,
    stuck.map(({ deviceId }) => deviceId),
  );
  return devices.map((device) => withDiagnosis(device, known.get(device.deviceId), limits, now));
}

function fits(device: FlaggedDevice, reason: string | undefined, onlyStuck: boolean): boolean {
  return (reason === undefined || device.reason === reason) && (!onlyStuck || device.stuck !== undefined);
}

async function pageOfLedger(
  reads: Pick<LedgerReads, 'devicesOf'>,
  rollout: RolloutRecord,
  query: Parameters<LedgerReads['devicesOf']>[1],
) {
  try {
    return await reads.devicesOf(rollout, query);
  } catch (error) {
    if (error instanceof InvalidContinuationError) throw invalidContinuation();
    throw error;
  }
}
