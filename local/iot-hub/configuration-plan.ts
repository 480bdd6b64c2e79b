import { isDeepStrictEqual } from 'node:util';

import type { ConfigurationRecord } from './configuration-record.ts';
import { contentPath } from './configuration-request.ts';
import type { ConfigurationStatus } from './device-record.ts';
import type { JsonObject, JsonValue } from './merge-patch.ts';
import { diffPatch, isObject, mergePatch, valueAt, withoutNulls, withValueAt } from './merge-patch.ts';

/** What configurations make of one device. */
export interface DevicePlan {
  /** The patch of the desired properties; undefined where they are already as they should be. */
  patch: JsonObject | undefined;
  statuses: Record<string, ConfigurationStatus>;
  managedPaths: string[];
}

/** Strongest first: the highest priority, among equals the one created last. */
export function byStrength(a: ConfigurationRecord, b: ConfigurationRecord): number {
  return b.priority - a.priority || b.order - a.order;
}

/**
 * Decides what the configurations that target a device set on it. For each path the strongest one wins;
 * different paths add up; paths that configurations set before and none sets now are removed.
 * `targeting` comes strongest first. A configuration is `Applied` where at least one of its paths stands
 * in the result as it wants, otherwise it is only `Targeted`.
 */
export function planDevice(
  desired: JsonObject,
  managedPaths: readonly string[],
  targeting: readonly ConfigurationRecord[],
): DevicePlan {
  const winners = winningSettings(targeting);
  let wanted = desired;
  for (const path of managedPaths) {
    if (!winners.has(path)) wanted = withValueAt(wanted, contentPath(path), undefined);
  }
  // Weakest first, so that where one path lies inside another the stronger configuration has the last word.
  for (const [path, { value }] of [...winners].toReversed()) {
    wanted = withValueAt(wanted, contentPath(path), value);
  }
  return {
    patch: isDeepStrictEqual(desired, wanted) ? undefined : sectionPatch(desired, wanted, winners.keys()),
    statuses: Object.fromEntries(targeting.map(({ id }) => [id, statusOf(id, winners, wanted)])),
    managedPaths: [...winners.keys()],
  };
}

type Winners = Map<string, { id: string; value: JsonValue | undefined }>;

function winningSettings(targeting: readonly ConfigurationRecord[]): Winners {
  const winners: Winners = new Map();
  for (const { id, deviceContent } of targeting) {
    for (const [path, value] of Object.entries(deviceContent)) {
      if (winners.has(path)) continue;
      winners.set(path, { id, value: value === null ? undefined : withoutNulls(value) });
    }
  }
  return winners;
}

/**
 * The patch that devices get. A section of which anything changed is sent whole: a device that reads all
 * its members from one patch must not find some of them missing because they happen to be equal.
 */
function sectionPatch(before: JsonObject, after: JsonObject, paths: Iterable<string>): JsonObject {
  let patch = diffPatch(before, after);
  for (const key of paths) {
    const path = contentPath(key);
    const value = valueAt(after, path);
    if (!isObject(value) || isDeepStrictEqual(valueAt(before, path), value)) continue;
    // The value holds no nulls, so the merge keeps those that the patch has.
    patch = mergePatch(patch, withValueAt({}, path, value));
  }
  return patch;
}

function statusOf(id: string, winners: Winners, wanted: JsonObject): ConfigurationStatus {
  for (const [path, winner] of winners) {
    if (winner.id === id && isDeepStrictEqual(valueAt(wanted, contentPath(path)), winner.value))
      return 'Applied';
  }
  return 'Targeted';
}
