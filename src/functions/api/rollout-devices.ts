import { z } from 'zod';
import { invalidContinuation } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { RolloutRecord } from '../../shared/rollout/rollout.ts';
import { withStuck } from '../../shared/rollout/stuck.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { DeviceUpdateSummary } from '../../shared/status/device-history.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { InvalidContinuationError } from '../../shared/status/page-cursor.ts';
import { deviceState, deviceUpdate, exampleUpdate } from './device-updates.ts';
import { existingRollout } from './rollouts.ts';
import { rolloutId } from './rollout-schemas.ts';

export interface RolloutDevicesParts {
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'devicesOf'>>;
}

/** What narrows a list of devices; both may be given. */
export const deviceFilters = {
  state: deviceState.optional(),
  reason: z
    .string()
    .min(1, 'must not be empty')
    .max(1024, 'must be at most 1024 characters')
    .optional()
    .meta({ description: 'Only failed devices with exactly this reason.', examples: ['VerifyFailed'] }),
};

const listDevices = operation({
  id: 'rollout-devices',
  method: 'GET',
  path: '/rollouts/{id}/devices',
  right: 'read',
  tag: 'Devices',
  summary: 'List the devices of a rollout',
  description:
    'Devices that have reported anything to the rollout, in a stable order. A device that changes its state between two pages is neither skipped nor given twice; a list of one state shows it as it is when its page is read.',
  parameters: z.object({ id: rolloutId }),
  query: z.strictObject({ ...deviceFilters, limit, continuation }),
  answer: json({
    schema: pageOf('DeviceUpdatePage', deviceUpdate),
    description: 'A page of devices.',
    example: { value: [exampleUpdate] },
  }),
  problems: ['not-found'],
});

/** HTTP: the devices of a rollout. */
export function rolloutDeviceRoutes({ rollouts, ledger }: RolloutDevicesParts): Route[] {
  return [
    route(listDevices, async ({ path, query, url }) => {
      const rollout = await existingRollout(rollouts, path.id);
      const page = await matchingDevices(await ledger(), rollout, query);
      const now = new Date();
      const flagged = page.devices.map((device) => withStuck(device, rollout.plan.limits, now));
      return pageResult(url, flagged, page.continuation);
    }),
  ];
}

export interface DeviceQuery {
  readonly state?: DeviceUpdateSummary['state'] | undefined;
  readonly reason?: string | undefined;
  readonly limit: number;
  readonly continuation?: string | undefined;
}

export interface MatchingDevices {
  readonly devices: readonly DeviceUpdateSummary[];
  readonly continuation: string | undefined;
}

/** Reads of the ledger for one page: with a rare reason, a page ends here though it is not full. */
const READS_A_PAGE = 10;

/**
 * A page of the devices that match. The ledger finds states by itself; reasons are looked for in what it
 * finds. Throws a ProblemError for a continuation of another list.
 */
export async function matchingDevices(
  reads: Pick<LedgerReads, 'devicesOf'>,
  rollout: RolloutRecord,
  { state, reason, limit: size, continuation: from }: DeviceQuery,
): Promise<MatchingDevices> {
  // A reason is kept only while a device is failed: with any other state, nothing can match.
  if (reason !== undefined && state !== undefined && state !== 'Failed') {
    return { devices: [], continuation: undefined };
  }
  const query = { state: reason === undefined ? state : ('Failed' as const) };
  const devices: DeviceUpdateSummary[] = [];
  let next = from;
  for (let read = 0; read < READS_A_PAGE; read++) {
    const page = await pageOfLedger(reads, rollout, {
      ...query,
      limit: size - devices.length,
      continuation: next,
    });
    devices.push(...page.devices.filter((device) => reason === undefined || device.reason === reason));
    next = page.continuation;
    if (next === undefined || devices.length === size) break;
  }
  return { devices, continuation: next };
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
