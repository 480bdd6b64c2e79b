import { decodeKeyPart, encodeKeyPart } from '../azure/table-keys.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { eventPartition } from './event-partition.ts';

/**
 * Keys of the table `deviceupdates`. A partition is one shard of one rollout; in it are
 * `c|<writer>` counter rows, `d|<device>` device rows, `f|<device>` and `r|<device>` the indexes of failed and of
 * reverted devices, and `o|<device>|<life and version>` history that outgrew its device row; where somebody wants to hear of bad ends,
 * `w|<device>|<attempt>` those that wait to be announced.
 */
export const rowPrefix = {
  counter: 'c|',
  device: 'd|',
  failed: 'f|',
  reverted: 'r|',
  overflow: 'o|',
  ends: 'w|',
} as const;

/**
 * The shard of a device. It follows the Event Hub's own map, so that the batch of one partition falls
 * into one shard where the rollout has as many shards as the Event Hub has partitions. It depends on
 * nothing but the device and the rollout: another Event Hub costs speed, not correctness.
 */
export function shardOf(rollout: Pick<Rollout, 'shards'>, deviceId: string): number {
  return eventPartition(deviceId, rollout.shards);
}

export function shardKey(rolloutId: string, shard: number): string {
  return `${encodeKeyPart(rolloutId)}|${String(shard).padStart(3, '0')}`;
}

export function deviceKey(deviceId: string): string {
  return rowPrefix.device + encodeKeyPart(deviceId);
}

/** Whose row this is: a device row, or one of an index. */
export function deviceOfKey(rowKey: string): string {
  return decodeKeyPart(rowKey.slice(rowPrefix.device.length));
}

export function overflowPrefix(deviceId: string): string {
  return `${rowPrefix.overflow}${encodeKeyPart(deviceId)}|`;
}

/** A writer is one partition of one Event Hub: sequence numbers compare only inside it. */
export function counterKey(writer: string): string {
  return rowPrefix.counter + writer;
}
