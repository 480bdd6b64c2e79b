import { HubError } from '../azure/hub-error.ts';
import type { LedgerReads } from '../status/ledger-reads.ts';
import type { ConnectedDevice, DeviceConnections, DevicesPage } from './device-connections.ts';
import { hubTarget } from './hub-target.ts';
import type { HubQueryBudget } from './hub-query-budget.ts';
import type { Observed } from './judge.ts';
import type { PendingStore } from './pending-store.ts';
import type { RolloutRecord } from './rollout.ts';
import { NOBODY } from './stage-condition.ts';

export interface PendingListingParts {
  readonly ledger: () => Promise<Pick<LedgerReads, 'unseenOf'>>;
  readonly connections: Pick<DeviceConnections, 'notRunning'>;
  readonly pending: Pick<PendingStore, 'listingOf' | 'add'>;
  readonly budget: Pick<HubQueryBudget, 'take'>;
}

/** How far the list of a rollout's pending devices is. */
export interface PendingListing {
  /** RFC 3339, UTC; absent until the list is whole. */
  readonly determinedAt: string | undefined;
  /** Where the hub's query goes on; empty at its beginning. */
  readonly continuation: string;
  readonly pages: number;
  /** How often it had to begin anew: what was listed before that does not count. */
  readonly restarts: number;
  /** Devices on the list. */
  readonly devices: number;
  /** There may be more than are on the list. */
  readonly truncated: boolean;
}

export const MAX_PENDING = 10_000;
/** Pages of a thousand: so many devices are looked at, since those that failed are among them too. */
export const MAX_PAGES = 100;
/** Of all rollouts: so that a run leaves some of the budget to stuck devices. */
const PAGES_A_RUN = 2;

export const notBegun: PendingListing = {
  determinedAt: undefined,
  continuation: '',
  pages: 0,
  restarts: 0,
  devices: 0,
  truncated: false,
};

/**
 * Lists, once for each completed rollout, the devices that the hub selects and that have reported nothing:
 * a page or two at a time, going on where an earlier run ended. What fails is told of, not thrown.
 */
export async function listPending(
  parts: PendingListingParts,
  observed: readonly Pick<Observed, 'rollout'>[],
  now: Date,
): Promise<readonly { readonly rollout: string; readonly error: unknown }[]> {
  const failures: { rollout: string; error: unknown }[] = [];
  let pages = 0;
  for (const { rollout } of observed) {
    if (rollout.state !== 'completed') continue;
    try {
      while (pages < PAGES_A_RUN && (await addPage(parts, rollout, now))) pages += 1;
    } catch (error) {
      failures.push({ rollout: rollout.id, error });
    }
  }
  return failures;
}

/** Whether a page was added: not where the list is whole, the budget is spent, or somebody else was quicker. */
async function addPage(parts: PendingListingParts, rollout: RolloutRecord, now: Date): Promise<boolean> {
  const known = await parts.pending.listingOf(rollout.id);
  const listing = known?.listing ?? notBegun;
  if (listing.determinedAt !== undefined) return false;
  const found = await nextPage(parts, rollout, listing);
  if (found === undefined) return false;
  const unseen = await (await parts.ledger()).unseenOf(rollout, idsOf(found.devices));
  const pending = found.devices.filter(({ deviceId }) => unseen.has(deviceId));
  const before = found.isRestart ? { ...notBegun, restarts: listing.restarts + 1 } : listing;
  const next = advance(before, found, pending, now);
  return parts.pending.add(rollout.id, next, known?.etag);
}

/** Undefined where the budget is spent. A continuation that the hub does not know any more begins anew. */
async function nextPage(
  { connections, budget }: PendingListingParts,
  rollout: RolloutRecord,
  { continuation }: PendingListing,
): Promise<(DevicesPage & { readonly isRestart?: boolean }) | undefined> {
  const { targetCondition } = hubTarget(rollout);
  if (targetCondition === NOBODY) return { devices: [], continuation: undefined };
  if (!(await budget.take())) return undefined;
  try {
    return await connections.notRunning(targetCondition, rollout.version, continuation);
  } catch (error) {
    const isForgotten = error instanceof HubError && error.kind === 'rejected' && continuation !== '';
    if (!isForgotten || !(await budget.take())) throw error;
    const first = await connections.notRunning(targetCondition, rollout.version, '');
    return { ...first, isRestart: true };
  }
}

/** What a page adds to the list. */
export interface PendingPage {
  readonly listing: PendingListing;
  /** Where its devices begin on the list. */
  readonly first: number;
  readonly devices: readonly ConnectedDevice[];
}

/** The list after one page more. Pure. */
export function advance(
  listing: PendingListing,
  { continuation }: Pick<DevicesPage, 'continuation'>,
  pending: readonly ConnectedDevice[],
  now: Date,
): PendingPage {
  const room = MAX_PENDING - listing.devices;
  const devices = pending.slice(0, room);
  const pages = listing.pages + 1;
  const isFull = pending.length > room || (continuation !== undefined && pending.length === room);
  const truncated = isFull || (continuation !== undefined && pages >= MAX_PAGES);
  const isWhole = truncated || continuation === undefined;
  return {
    first: listing.devices,
    devices,
    listing: {
      determinedAt: isWhole ? now.toISOString() : undefined,
      continuation: isWhole ? '' : (continuation ?? ''),
      pages,
      restarts: listing.restarts,
      devices: listing.devices + devices.length,
      truncated,
    },
  };
}

function idsOf(devices: readonly ConnectedDevice[]): readonly string[] {
  return devices.map(({ deviceId }) => deviceId);
}
