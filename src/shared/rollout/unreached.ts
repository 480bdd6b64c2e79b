import { compareVersions } from '../firmware/version.ts';
import { bothConditions } from './condition-text.ts';
import { MAX_QUERY } from './configuration-limits.ts';
import type { FleetQueries, SampledDevice } from './fleet-queries.ts';
import type { ListedConfiguration } from './hub-configurations.ts';
import { needsBuckets } from './opening.ts';
import type { Plan } from './plan.ts';

export const unreachedReasons = [
  'no-bucket-tag',
  'other-device-type',
  'version-not-lower',
  'higher-priority-configuration',
] as const;

/** A device that the target condition selects and that would not get the image, or not yet. */
export interface Unreached {
  readonly deviceId: string;
  readonly reason: (typeof unreachedReasons)[number];
  readonly detail: string;
}

export interface ReachQuestion {
  readonly rolloutId: string;
  readonly deviceType: string;
  readonly version: string;
  readonly plan: Plan;
  /** Whether the devices take a version that is not higher than theirs. */
  readonly allowsDowngrade: boolean;
}

interface ReachParts {
  readonly fleet: Pick<FleetQueries, 'some' | 'sample' | 'reportedVersions'>;
  /** What is on the hub. */
  readonly listed: ReadonlyMap<string, ListedConfiguration>;
}

/** Four reasons, so that each is seen in a sample of twenty. */
const EACH = 5;
/** Devices to look at for them. */
const SAMPLE = 1000;
const MAX_CONFIGURATIONS = 3;
/** Characters that a query has beside the target condition and what `room` is for. */
const OWN_WORDS = 500;

const reported = 'properties.reported.firmware';

/** Devices with one reason in common: the condition that finds them, and how one is known among others. */
interface Group extends Omit<Unreached, 'deviceId'> {
  readonly condition: string;
  readonly holds: (device: SampledDevice) => boolean;
}

/**
 * A sample of the devices that would not be reached, at most twenty, each with the first reason that was
 * found: of the first thousand that the hub names. Asks it three times. Throws HubError.
 */
export async function unreachedSample(
  { fleet, listed }: ReachParts,
  question: ReachQuestion,
): Promise<readonly Unreached[]> {
  const { targetCondition } = question.plan;
  const groups = [
    typeGroup(question),
    ...versionGroups(question, await fleet.reportedVersions(targetCondition)),
    ...tagGroups(question.plan),
  ];
  const anyOf = groups.map(({ condition }) => `(${condition})`).join(' OR ');
  const sample = await fleet.sample(bothConditions(targetCondition, anyOf), SAMPLE);
  const found = sample.flatMap((device): Unreached[] => {
    const group = groups.find(({ holds }) => holds(device));
    return group ? [{ deviceId: device.deviceId, reason: group.reason, detail: group.detail }] : [];
  });
  const outranked = await outrankedDevices(fleet, listed, question);
  return firstOfEach([...found, ...outranked]);
}

/** The first few of each reason, no device twice. */
function firstOfEach(found: readonly Unreached[]): readonly Unreached[] {
  const chosen = new Map<string, Unreached>();
  const counts = new Map<Unreached['reason'], number>();
  for (const one of found) {
    const count = counts.get(one.reason) ?? 0;
    if (count === EACH || chosen.has(one.deviceId)) continue;
    chosen.set(one.deviceId, one);
    counts.set(one.reason, count + 1);
  }
  return [...chosen.values()];
}

function tagGroups({ stages: [first] }: Plan): Group[] {
  if (!needsBuckets(first)) return [];
  return [
    {
      reason: 'no-bucket-tag',
      detail: `has no tag tags.ota.bucket, which "${first.name}" asks for; the service writes it before that stage opens`,
      condition: 'NOT is_defined(tags.ota.bucket)',
      holds: ({ bucket }) => bucket === undefined,
    },
  ];
}

function typeGroup({ deviceType }: ReachQuestion): Group {
  return {
    reason: 'other-device-type',
    detail: `reports another device type than ${deviceType}: the image is not made for it, and the hub offers it all the same`,
    condition: `is_defined(${reported}.type) AND ${reported}.type != '${deviceType}'`,
    holds: ({ type }) => type !== undefined && type !== deviceType,
  };
}

/** Devices compare versions by themselves, which no query can: so the versions that are there are asked for first. */
function versionGroups(question: ReachQuestion, versions: readonly string[]): Group[] {
  const { version, plan, allowsDowngrade } = question;
  const ignoring = versions
    // The texts are the devices' own: only what is harmless between quotes goes into a query.
    .filter((running) => /^[\w.-]{1,64}$/.test(running))
    .filter((running) => {
      const order = compareVersions(running, version);
      return allowsDowngrade ? order === 0 : order >= 0;
    });
  const named = fitting(ignoring, (running) => running, room(plan));
  if (named.length === 0) return [];
  const list = named.map((running) => `'${running}'`).join(', ');
  return [
    {
      reason: 'version-not-lower',
      detail: `runs ${version} or a version above it, and ignores the offer`,
      condition: `${reported}.currentFwVersion IN [${list}]`,
      holds: ({ version: running }) => running !== undefined && named.includes(running),
    },
  ];
}

/** Devices that a configuration of a higher priority gives another image: whom it selects only the hub knows. */
async function outrankedDevices(
  fleet: Pick<FleetQueries, 'some'>,
  listed: ReachParts['listed'],
  { rolloutId, plan }: ReachQuestion,
): Promise<Unreached[]> {
  const higher = [...listed]
    .filter(([id, { priority }]) => id !== rolloutId && priority > plan.priority)
    .filter(([, { targetCondition, writes }]) => targetCondition !== '' && writesFirmware(writes))
    .toSorted(([, a], [, b]) => b.priority - a.priority)
    .slice(0, MAX_CONFIGURATIONS);
  const asked = fitting(higher, ([, { targetCondition }]) => targetCondition, room(plan));
  if (asked.length === 0) return [];
  const conditions = asked.map(([, { targetCondition }]) => targetCondition);
  const names = asked.map(([id, { priority }]) => `${id} has the priority ${priority}`);
  const ids = await fleet.some(bothConditions(plan.targetCondition, anyCondition(conditions)), EACH * 4);
  const detail = `a configuration whose priority is above ${plan.priority} wins: ${names.join(', ')}`;
  return ids.map((deviceId) => ({ deviceId, reason: 'higher-priority-configuration', detail }));
}

function writesFirmware(paths: readonly string[]): boolean {
  return paths.some((path) => /^properties\.desired(?:\.firmware(?:\.|$)|$)/.test(path));
}

/** Characters of a query that versions, or conditions of others, may take beside the target condition. */
function room({ targetCondition }: Pick<Plan, 'targetCondition'>): number {
  return MAX_QUERY - OWN_WORDS - targetCondition.length;
}

/** Those whose texts fit into the characters, with what joins them. */
function fitting<Item>(items: readonly Item[], text: (item: Item) => string, characters: number): Item[] {
  let taken = 0;
  return items.filter((item) => {
    const length = text(item).length + 8;
    const fits = taken + length <= characters;
    if (fits) taken += length;
    return fits;
  });
}

function anyCondition(conditions: readonly string[]): string {
  return conditions.includes('*') ? '*' : conditions.map((condition) => `(${condition})`).join(' OR ');
}
