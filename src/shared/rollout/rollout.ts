import type { RolloutState } from './lifecycle.ts';
import type { Plan } from './plan.ts';

/**
 * A rollout: the delivery of one release to the devices that it targets. One rollout drives one IoT
 * Hub automatic device configuration, and both carry the same id. This part never changes.
 */
export interface Rollout {
  /** `fw-<devicetype>-<version with - for .>`, lower case; also the id of the hub's configuration. */
  readonly id: string;
  /** As devices report it in `reported.firmware.type`, e.g. `IoTDevKit`. */
  readonly deviceType: string;
  /** As the image carries it, e.g. `1.0.1`. */
  readonly version: string;
  /** RFC 3339, UTC. Written before the hub's configuration exists, so no device can be earlier. */
  readonly createdAt: string;
  /** How many table partitions its device updates are spread over; fixed when the rollout starts. */
  readonly shards: number;
}

/** A rollout that is about to start: what admission decides. */
export interface NewRollout extends Rollout {
  readonly planName: string;
  /** A copy: later edits of the plan's file do not touch the rollout. */
  readonly plan: Plan;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the windows of buckets begin, 0 to 9999; from the release's hash. */
  readonly windowStart: number;
}

/** What was counted when a stage opened. Counts of devices. */
export interface Baseline {
  readonly succeeded: number;
  readonly failed: number;
  /** With any end. */
  readonly ended: number;
  /** Selected by the condition of the stage, and by that of the stages before it. */
  readonly targeted: number;
  readonly before: number;
}

export const nothingCounted: Baseline = { succeeded: 0, failed: 0, ended: 0, targeted: 0, before: 0 };

/** Where a rollout is. Every change of it is a transition: guarded by the row's etag, kept in the journal. */
export interface RolloutPosition {
  readonly state: RolloutState;
  /** Index of the newest open stage; -1 before the first. */
  readonly stage: number;
  /** Width of the open stage's window of buckets, 0 to 10000; a stage without a window has 0. */
  readonly buckets: number;
  /** RFC 3339, UTC; empty before the first stage. */
  readonly stageOpenedAt: string;
  /** What was counted when the stage opened: its evidence is what came since. */
  readonly baseline: Baseline;
  /** Index of the highest stage that a person has approved; -1 for none. */
  readonly approvedStage: number;
  /** Index of the stage whose failed gate a person has overruled; -1 for none. */
  readonly overruledStage: number;
  readonly priority: number;
  /** Why it is in its state. */
  readonly reason: string;
  /** Counts transitions; the journal's entries carry the same number. */
  readonly revision: number;
}

/** What is known of a rollout from outside of it; it is refreshed, not decided. */
export interface RolloutObservation {
  /** Devices that the configuration's target condition selects, and those whose twin holds its content. */
  readonly targeted: number;
  readonly applied: number;
  /** Devices that are in a working state for longer than the plan allows. */
  readonly stuck: number;
  /** RFC 3339, UTC. */
  readonly observedAt: string;
}

/** A rollout as it is stored. */
export interface RolloutRecord extends NewRollout, RolloutPosition {
  /** The revision that the hub's configuration shows; lower than `revision` while the hub is not yet told. */
  readonly appliedRevision: number;
  readonly observation: RolloutObservation | undefined;
  readonly etag: string;
}

/** The rollouts that device reports can belong to, newest first. */
export interface RolloutDirectory {
  /**
   * Every rollout of the device type (compared without case) that was created before `notOlderThan`;
   * a cached answer serves where it is young enough. Throws what the store throws.
   */
  ofDeviceType(deviceType: string, notOlderThan: Date): Promise<readonly Rollout[]>;
}
