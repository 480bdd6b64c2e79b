import { sameVersion } from '../firmware/version.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { DeviceReport } from './twin-change.ts';

/** To which rollouts a report speaks. */
export type Attribution =
  /**
   * `own`: the rollout that the report names. `others`: those that a `Current` of another version may
   * concern, where the device is on its way in them.
   */
  | { readonly kind: 'rollouts'; readonly own: Rollout | undefined; readonly others: readonly Rollout[] }
  /** The patch names no version: it continues what the twin said before, which only the device's open attempt tells. */
  | { readonly kind: 'open-attempt'; readonly candidates: readonly Rollout[] };

/**
 * A working report or an Error belongs to the rollout whose version is pending. A `Current` belongs to the
 * rollout of the version that the device runs, and tells all others of the device's type that it is back.
 * `rollouts` are those of the device's type.
 */
export function attribute(report: DeviceReport, rollouts: readonly Rollout[]): Attribution {
  const version = namedVersion(report);
  if (version === undefined) return { kind: 'open-attempt', candidates: rollouts };
  const own = rollouts.find((rollout) => sameVersion(rollout.version, version));
  const others = report.firmware.status === 'Current' ? rollouts.filter((rollout) => rollout !== own) : [];
  return { kind: 'rollouts', own, others };
}

/** The version of the rollout that a report speaks of; absent in a patch that holds only some members. */
export function namedVersion({ firmware }: DeviceReport): string | undefined {
  return firmware.status === 'Current' ? firmware.currentVersion : firmware.pendingVersion;
}
