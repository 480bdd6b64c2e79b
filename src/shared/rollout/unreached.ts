import { compareVersions } from '../firmware/version.ts';
import type { FleetQueries } from './fleet-queries.ts';
import type { HubConfigurations } from './hub-configurations.ts';
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
  readonly fleet: Pick<FleetQueries, 'some' | 'reportedVersions'>;
  readonly configurations: Pick<HubConfigurations, 'listed' | 'get'>;
}

/** Four reasons, so that each is seen in a sample of twenty. */
const EACH = 5;
/** A twin query for each: the hub allows 20 a minute and unit. */
const MAX_CONFIGURATIONS = 3;
const MAX_VERSIONS = 100;

const reported = 'properties.reported.firmware';

/** Devices with one reason in common, and the condition that finds them. */
interface Group extends Omit<Unreached, 'deviceId'> {
  readonly condition: string;
}

/**
 * A sample of the devices that would not be reached, at most twenty, each with the first reason that was
 * found. Asks the hub some ten times. Throws HubError.
 */
export async function unreachedSample(
  parts: ReachParts,
  question: ReachQuestion,
): Promise<readonly Unreached[]> {
  const groups = [
    ...tagGroups(question.plan),
    typeGroup(question),
    ...versionGroups(question, await parts.fleet.reportedVersions(question.plan.targetCondition)),
    ...(await configurationGroups(parts.configurations, question)),
  ];
  const found = new Map<string, Unreached>();
  for (const { condition, reason, detail } of groups) {
    const room = EACH - [...found.values()].filter((one) => one.reason === reason).length;
    if (room <= 0) continue;
    const ids = await parts.fleet.some(both(question.plan.targetCondition, condition), EACH);
    const fresh = ids.filter((deviceId) => !found.has(deviceId)).slice(0, room);
    for (const deviceId of fresh) found.set(deviceId, { deviceId, reason, detail });
  }
  return [...found.values()];
}

function tagGroups({ stages: [first] }: Plan): Group[] {
  if (!needsBuckets(first)) return [];
  const detail = `has no tag tags.ota.bucket, which "${first.name}" asks for; the service writes it before that stage opens`;
  return [{ reason: 'no-bucket-tag', detail, condition: 'NOT is_defined(tags.ota.bucket)' }];
}

function typeGroup({ deviceType }: ReachQuestion): Group {
  return {
    reason: 'other-device-type',
    detail: `reports another device type than ${deviceType}: the image is not made for it, and the hub offers it all the same`,
    condition: `is_defined(${reported}.type) AND ${reported}.type != '${deviceType}'`,
  };
}

/** Devices compare versions by themselves, which no query can: so the versions that are there are asked for first. */
function versionGroups(question: ReachQuestion, versions: readonly string[]): Group[] {
  const { version, allowsDowngrade } = question;
  const ignoring = versions
    // The texts are the devices' own: only what is harmless between quotes goes into a query.
    .filter((running) => /^[\w.-]{1,64}$/.test(running))
    .filter((running) => {
      const order = compareVersions(running, version);
      return allowsDowngrade ? order === 0 : order >= 0;
    })
    .slice(0, MAX_VERSIONS);
  if (ignoring.length === 0) return [];
  const list = ignoring.map((running) => `'${running}'`).join(', ');
  return [
    {
      reason: 'version-not-lower',
      detail: `runs ${version} or a version above it, and ignores the offer`,
      condition: `${reported}.currentFwVersion IN [${list}]`,
    },
  ];
}

/** Configurations that write the same section of the twin, with a priority that wins. */
async function configurationGroups(
  configurations: ReachParts['configurations'],
  { rolloutId, plan }: ReachQuestion,
): Promise<Group[]> {
  const higher = [...(await configurations.listed())]
    .filter(([id, { priority }]) => id !== rolloutId && priority > plan.priority)
    .filter(([, { targetCondition }]) => targetCondition !== '')
    .toSorted(([, a], [, b]) => b.priority - a.priority);
  const groups: Group[] = [];
  for (const [id, { priority, targetCondition }] of higher) {
    if (groups.length === MAX_CONFIGURATIONS) break;
    const configuration = await configurations.get(id);
    if (!writesFirmware(configuration?.content?.deviceContent)) continue;
    const detail = `the configuration ${id} has the priority ${priority}, which is above ${plan.priority}, and wins`;
    groups.push({ reason: 'higher-priority-configuration', detail, condition: targetCondition });
  }
  return groups;
}

function writesFirmware(content: object | undefined): boolean {
  return Object.keys(content ?? {}).some((path) => /^properties\.desired(?:\.firmware(?:\.|$)|$)/.test(path));
}

function both(a: string, b: string): string {
  if (a === '*') return b;
  return b === '*' ? a : `(${a}) AND (${b})`;
}
