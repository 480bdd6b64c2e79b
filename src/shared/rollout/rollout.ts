/**
 * A rollout: the delivery of one release to the devices that it targets. One rollout drives one IoT
 * Hub automatic device configuration, and both carry the same id.
 */
export interface Rollout {
  /** `fw-<devicetype>-<version with - for .>`, lower case; also the id of the hub's configuration. */
  readonly id: string;
  /** As devices report it in `reported.firmware.type`, e.g. `IoTDevKit`. */
  readonly deviceType: string;
  /** As the image carries it, e.g. `1.0.1`. */
  readonly version: string;
  readonly state: RolloutState;
  /** RFC 3339, UTC. Written before the hub's configuration exists, so no device can be earlier. */
  readonly createdAt: string;
  readonly targetCondition: string;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  /** How many table partitions its device updates are spread over; fixed when the rollout starts. */
  readonly shards: number;
}

/** `starting` until the hub has accepted the configuration. */
export type RolloutState = 'starting' | 'active';

/** The rollouts that device reports can belong to, newest first. */
export interface RolloutDirectory {
  /**
   * Every rollout of the device type (compared without case) that was created before `notOlderThan`;
   * a cached answer serves where it is young enough. Throws what the store throws.
   */
  ofDeviceType(deviceType: string, notOlderThan: Date): Promise<readonly Rollout[]>;
}

/** What the hub said of a rollout's configuration when it was last asked. */
export interface RolloutProgress {
  /** Devices that the target condition selects. */
  readonly targeted: number;
  /** Devices whose twin holds the configuration's content. */
  readonly applied: number;
  /** RFC 3339, UTC. */
  readonly observedAt: string;
}

/** A rollout as it is stored. */
export interface RolloutRecord extends Rollout {
  readonly progress: RolloutProgress | undefined;
  readonly etag: string;
}
