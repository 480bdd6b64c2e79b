import type { Rollout } from '../../src/shared/rollout/rollout.ts';
import { eventPartition } from '../../src/shared/status/event-partition.ts';
import type { RawTwinEvent } from '../../src/shared/status/twin-change.ts';
import { Dice } from './dice.ts';
import { FleetDevice, rawEvent, rolloutOf, type TwinEvent } from './fleet.ts';

export interface WorldShape {
  readonly seed: number;
  readonly devices: number;
  readonly steps: number;
  readonly partitions: number;
  readonly shards: number;
  /** Whether Event Hub partitions are what the ledger believes them to be. */
  readonly hint: 'right' | 'wrong';
  /** How often a device goes on in another partition, or a notification is overtaken by newer ones. */
  readonly disorder: number;
}

export interface LoggedEvent {
  readonly raw: RawTwinEvent;
  readonly event: TwinEvent;
}

export interface World {
  readonly rollouts: readonly Rollout[];
  /** By Event Hub partition. */
  readonly logs: readonly (readonly LoggedEvent[])[];
  /**
   * Devices whose reports do not arrive in the order of their versions: they lie in several partitions, or
   * overtook each other. What they lead to depends on what was applied when; IoT Hub promises better.
   */
  readonly unordered: ReadonlySet<string>;
  /** Devices that were deleted and created again. */
  readonly recreated: ReadonlySet<string>;
}

const START = Date.parse('2026-03-01T00:00:00.000Z');
/** Ids with all that the hub permits and table keys do not. */
const IDS = [
  'press-17',
  'a#b',
  'dev+1',
  "it's",
  'p%41',
  'x?y',
  '$dollar',
  '(a,b):=@!',
  'UPPER',
  'upper',
  '*',
  'z.z',
];

/** A fleet's life, as it lies in the Event Hub: with repeated, late and rearranged notifications. */
export function worldOf(shape: WorldShape): World {
  const dice = new Dice(shape.seed);
  const devices = Array.from({ length: shape.devices }, (_, i) => new FleetDevice(IDS[i] ?? `device-${i}`));
  const partitionOf = new Map(devices.map(({ id }) => [id, firstPartition(id, shape, dice)]));
  const logs: LoggedEvent[][] = Array.from({ length: shape.partitions }, () => []);
  const unordered = new Set<string>();
  const recreated = new Set<string>();
  const secondRolloutAt = dice.chance(0.5) ? dice.below(shape.steps) : Number.POSITIVE_INFINITY;
  const rollouts = [rolloutOf('1.0.1', new Date(START).toISOString(), shape.shards)];
  /** Notifications that arrive behind newer ones of their device. */
  const delayed: TwinEvent[] = [];
  let now = START + 1000;

  const append = (event: TwinEvent): void => {
    const log = logs[partitionOf.get(event.deviceId) ?? 0] ?? [];
    log.push({ event, raw: rawEvent(event, log.length, new Date(now).toISOString()) });
  };
  for (let step = 0; step < shape.steps; step += 1) {
    now += 1000 + dice.below(4000);
    if (step === secondRolloutAt)
      rollouts.unshift(rolloutOf('1.0.2', new Date(now - 500).toISOString(), shape.shards));
    const device = dice.pick(devices);
    if (dice.chance(0.01)) {
      device.recreate();
      recreated.add(device.id);
      now += 120_000;
    }
    const event = device.next(
      dice,
      new Date(now).toISOString(),
      rollouts.map(({ version }) => version),
    );
    if (event !== undefined && dice.chance(shape.disorder / 10)) {
      unordered.add(device.id);
      delayed.push(event);
    } else if (event !== undefined) append(event);
    const overdue = dice.chance(0.1) ? delayed.shift() : undefined;
    if (overdue !== undefined) append(overdue);
    if (event !== undefined && dice.chance(0.08)) append(event);
    const log = logs[partitionOf.get(device.id) ?? 0] ?? [];
    if (log.length > 0 && dice.chance(0.05)) append(dice.pick(log).event);
    if (dice.chance(shape.disorder / 10) && shape.partitions > 1) {
      unordered.add(device.id);
      partitionOf.set(device.id, dice.below(shape.partitions));
    }
  }
  delayed.forEach(append);
  return { rollouts, logs, unordered, recreated };
}

function firstPartition(id: string, { hint, partitions }: WorldShape, dice: Dice): number {
  return hint === 'right' ? eventPartition(id, partitions) : dice.below(partitions);
}
