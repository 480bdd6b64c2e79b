import { hubTime } from './hub-time.ts';
import type { HubLimits } from './limits.ts';
import type { JsonObject } from './merge-patch.ts';
import { isObject, mergePatch } from './merge-patch.ts';
import { checkTwinPatch, checkTwinSize } from './twin-limits.ts';

/** Desired or reported properties; `metadata` mirrors `values` with `$lastUpdated` on every level. */
export interface TwinSection {
  values: JsonObject;
  metadata: JsonObject;
  version: number;
}

export interface TwinDocument {
  tags: JsonObject;
  desired: TwinSection;
  reported: TwinSection;
  version: number;
  /** Counts what the service changed (tags, desired): the etag guards the service's writes, not the device's. */
  revision: number;
}

/** The members of a request to change a twin; what is undefined stays as it is. */
export interface TwinPatch {
  tags?: JsonObject | undefined;
  desired?: JsonObject | undefined;
  reported?: JsonObject | undefined;
}

/** The new document and what of it changed, in the form of a twin-change notification. */
export interface TwinChange {
  twin: TwinDocument;
  changed: JsonObject;
}

/** The twin of a device that has just been created. */
export function newTwin(now: Date): TwinDocument {
  const section = { values: {}, metadata: { $lastUpdated: hubTime(now) }, version: 1 };
  return { tags: {}, desired: section, reported: section, version: 2, revision: 1 };
}

/**
 * Merges a patch into a twin (null removes a member). Writing a value that is there already is a change
 * too: versions rise and a notification is due, as on the real hub.
 * @throws {HubError} ArgumentInvalid where the outcome would break a documented limit
 */
export function patchTwin(twin: TwinDocument, patch: TwinPatch, now: Date, limits: HubLimits): TwinChange {
  const tags = patch.tags && mergeTags(twin.tags, patch.tags, limits);
  const desired = patch.desired && mergeSection('desired', twin.desired, patch.desired, now, limits);
  const reported = patch.reported && mergeSection('reported', twin.reported, patch.reported, now, limits);
  const version = twin.version + 1;
  return {
    twin: {
      tags: tags ?? twin.tags,
      desired: desired?.section ?? twin.desired,
      reported: reported?.section ?? twin.reported,
      version,
      revision: tags || desired ? twin.revision + 1 : twin.revision,
    },
    changed: {
      version,
      ...(patch.tags && { tags: patch.tags }),
      ...((desired || reported) && {
        properties: {
          ...(desired && { desired: desired.changed }),
          ...(reported && { reported: reported.changed }),
        },
      }),
    },
  };
}

/**
 * Sets tags and desired properties as a whole; what is undefined stays. `changed` is the whole twin.
 * @throws {HubError} ArgumentInvalid
 */
export function replaceTwin(
  twin: TwinDocument,
  patch: Omit<TwinPatch, 'reported'>,
  now: Date,
  limits: HubLimits,
): TwinChange {
  const emptied: TwinDocument = {
    ...twin,
    tags: patch.tags ? {} : twin.tags,
    desired: patch.desired ? { ...twin.desired, values: {}, metadata: {} } : twin.desired,
  };
  const replaced = patchTwin(emptied, patch, now, limits).twin;
  return { twin: replaced, changed: { version: replaced.version, ...twinBody(replaced) } };
}

/** Tags and properties with metadata, as twins and replaceTwin notifications carry them. */
export function twinBody(twin: TwinDocument): JsonObject {
  return {
    ...(Object.keys(twin.tags).length > 0 && { tags: twin.tags }),
    properties: { desired: sectionJson(twin.desired), reported: sectionJson(twin.reported) },
  };
}

function sectionJson(section: TwinSection): JsonObject {
  return { ...section.values, $metadata: section.metadata, $version: section.version };
}

function mergeTags(tags: JsonObject, patch: JsonObject, limits: HubLimits): JsonObject {
  checkTwinPatch('tags', patch, limits);
  const merged = mergePatch(tags, patch);
  checkTwinSize('tags', merged, limits.tagsBytes);
  return merged;
}

function mergeSection(
  name: 'desired' | 'reported',
  section: TwinSection,
  sent: JsonObject,
  now: Date,
  limits: HubLimits,
): { section: TwinSection; changed: JsonObject } {
  // A client may send back what it read; these two are the hub's own and are not part of a patch.
  const { $metadata: _metadata, $version: _version, ...patch } = sent;
  checkTwinPatch(name, patch, limits);
  const values = mergePatch(section.values, patch);
  checkTwinSize(name, values, name === 'desired' ? limits.desiredBytes : limits.reportedBytes);
  const version = section.version + 1;
  const stamp: JsonObject = {
    $lastUpdated: hubTime(now),
    ...(name === 'desired' && { $lastUpdatedVersion: version }),
  };
  return {
    section: { values, metadata: stampMetadata(section.metadata, patch, stamp), version },
    changed: { ...patch, $metadata: stampMetadata({}, patch, stamp), $version: version },
  };
}

/** Puts the stamp on every level that the patch touches; removed members lose their metadata. */
function stampMetadata(metadata: JsonObject, patch: JsonObject, stamp: JsonObject): JsonObject {
  const touched = Object.entries(patch).map(([key, value]): [string, JsonObject | null] => {
    if (value === null) return [key, null];
    const old = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    return [key, isObject(value) ? stampMetadata(isObject(old) ? old : {}, value, stamp) : stamp];
  });
  return mergeShallow(metadata, stamp, Object.fromEntries(touched));
}

function mergeShallow(metadata: JsonObject, stamp: JsonObject, members: JsonObject): JsonObject {
  const merged = { ...metadata, ...stamp, ...members };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}
