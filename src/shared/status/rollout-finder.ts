import { sameVersion } from '../firmware/version.ts';
import type { Rollout, RolloutDirectory } from '../rollout/rollout.ts';
import { namedVersion } from './attribution.ts';
import { groupBy } from './group-by.ts';
import type { DeviceReport } from './twin-change.ts';

/** How old a cached answer of the directory may be where nothing points to a newer rollout. */
const MAX_AGE_MS = 60_000;

export type RolloutsOfType = (deviceType: string) => readonly Rollout[];

/**
 * The rollouts of every device type in a batch. The directory may answer from its memory, so it is
 * asked for an answer as new as the newest event in two cases: a report names a version that the first
 * answer does not know (its rollout may be seconds old); or this instance did not read the partition
 * without interruption (`continuous`), and so may have missed the report that would have told it of a
 * new rollout. At most two questions a type and batch; usually none of them reaches the store.
 */
export async function findRollouts(
  directory: RolloutDirectory,
  events: readonly { readonly report: DeviceReport }[],
  typeOf: (report: DeviceReport) => string,
  continuous: boolean,
): Promise<RolloutsOfType> {
  const byType = groupBy(
    events.map(({ report }) => report),
    (report) => typeOf(report).toLowerCase(),
  );
  const found = await Promise.all(
    [...byType].map(
      async ([type, ofType]) => [type, await rolloutsFor(directory, type, ofType, continuous)] as const,
    ),
  );
  const rollouts = new Map(found);
  return (deviceType) => rollouts.get(deviceType.toLowerCase()) ?? [];
}

async function rolloutsFor(
  directory: RolloutDirectory,
  deviceType: string,
  reports: readonly DeviceReport[],
  continuous: boolean,
): Promise<readonly Rollout[]> {
  const newest = newestTime(reports);
  const rollouts = await directory.ofDeviceType(deviceType, new Date(newest - (continuous ? MAX_AGE_MS : 0)));
  const unknown = reports.filter((report) => isUnknown(report, rollouts));
  if (!continuous || unknown.length === 0) return rollouts;
  return directory.ofDeviceType(deviceType, new Date(newestTime(unknown)));
}

function isUnknown(report: DeviceReport, rollouts: readonly Rollout[]): boolean {
  const version = namedVersion(report);
  return version !== undefined && !rollouts.some((rollout) => sameVersion(rollout.version, version));
}

/** A rollout can be no newer than the moment when the last event that speaks of it was enqueued. */
function newestTime(reports: readonly DeviceReport[]): number {
  return Math.max(...reports.map((report) => Date.parse(report.enqueuedAt)));
}
