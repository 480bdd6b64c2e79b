import type { IndexedState } from './bad-end-index.ts';

/** A device that failed or fell back, as far as groups need it. */
export interface FailedDevice {
  readonly deviceId: string;
  readonly state: IndexedState;
  /** In the device's words; empty for `Reverted`, and where it gave none. */
  readonly reason: string;
  /** RFC 3339, UTC. */
  readonly since: string;
}

/** Devices that ended in the same state for the same reason. */
export interface FailureGroup extends Pick<FailedDevice, 'state' | 'reason'> {
  readonly devices: number;
  /** When the first and the last of them ended so. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** Ids of some of them. */
  readonly examples: readonly string[];
}

export interface FailureGroups {
  /** The largest first. */
  readonly groups: readonly FailureGroup[];
  /** Devices of the groups that were left out, the smallest ones. */
  readonly others: number;
}

/** Devices choose their words: an image that puts a number into each must not make an answer without end. */
const MAX_GROUPS = 50;
const MAX_EXAMPLES = 5;

/** Groups by state and reason. Pure; the same devices in another order give other examples at most. */
export function failureGroups(devices: Iterable<FailedDevice>): FailureGroups {
  const groups = new Map<string, FailureGroup>();
  for (const device of devices) {
    const key = `${device.state} ${device.reason}`;
    groups.set(key, joined(groups.get(key), device));
  }
  const sorted = [...groups.values()].toSorted(
    (a, b) => b.devices - a.devices || byText(a.state, b.state) || byText(a.reason, b.reason),
  );
  const others = sorted.slice(MAX_GROUPS).reduce((sum, group) => sum + group.devices, 0);
  return { groups: sorted.slice(0, MAX_GROUPS), others };
}

function joined(
  group: FailureGroup | undefined,
  { deviceId, state, reason, since }: FailedDevice,
): FailureGroup {
  if (group === undefined) {
    return { state, reason, devices: 1, firstAt: since, lastAt: since, examples: [deviceId] };
  }
  return {
    ...group,
    devices: group.devices + 1,
    firstAt: since < group.firstAt ? since : group.firstAt,
    lastAt: since > group.lastAt ? since : group.lastAt,
    examples: group.examples.length < MAX_EXAMPLES ? [...group.examples, deviceId] : group.examples,
  };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
