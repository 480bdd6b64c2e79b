import { crc16Text, type Checksums } from '../firmware/checksums.ts';
import type { Admission } from '../firmware/admission.ts';
import type { Wanted } from '../firmware/examination.ts';
import type { Refusal } from '../firmware/refusal.ts';
import { rolloutId } from '../firmware/release.ts';
import { windowStart } from './bucket.ts';
import { quotaWarning } from './configuration-quota.ts';
import type { FleetQueries } from './fleet-queries.ts';
import { MESSAGES_A_DEVICE } from './message-cost.ts';
import { needsBuckets } from './opening.ts';
import { conditionRefusal } from './rejected-condition.ts';
import { stageCondition } from './stage-condition.ts';
import { stageWidth, TagsNotVisibleError } from './stage-width.ts';
import { type Unreached, unreachedSample } from './unreached.ts';

export type ForecastParts = Pick<Admission, 'configurations' | 'policy' | 'fleet' | 'tags' | 'limits'>;

/** What the rollout of an image would be, as it is stored and served. */
export interface Forecast {
  readonly deviceType: string;
  readonly version: string;
  /** Its name. */
  readonly plan: string;
  readonly priority: number;
  readonly targetCondition: string;
  /** Bytes. */
  readonly size: number;
  /** As devices get it, e.g. `0x31c3`. */
  readonly crc16: string;
  readonly sha256: string;
  /** Devices that the target condition selects now. */
  readonly matching: number;
  /** Absent while the bucket tags that the stage asks for are not all written. */
  readonly firstStage?:
    | { readonly name: string; readonly targetCondition: string; readonly devices: number }
    | undefined;
  /** A sample, at most twenty. */
  readonly unreached: readonly Unreached[];
  readonly configurations: { readonly onHub: number; readonly quota: number };
  readonly messages: { readonly expected: number; readonly daily: number };
  /** What a person should know before; sentences. */
  readonly warnings: readonly string[];
}

/**
 * What the hub says of a rollout before there is one; a refusal where it does not take a condition of the plan.
 * Asks it some eight times, and writes nothing. Throws HubError, and what the table of the tags throws.
 * @param releases false where the same bytes are released under this version already
 */
export async function forecastOf(
  parts: ForecastParts,
  wanted: Wanted,
  checksums: Checksums,
  releases: boolean,
): Promise<{ readonly forecast: Forecast } | { readonly refusal: Refusal }> {
  const rejected = await conditionRefusal(parts.fleet, wanted);
  if (rejected) return { refusal: rejected };
  const count = countedOnce(parts.fleet);
  const matching = await count(wanted.targetCondition);
  const id = rolloutId(wanted.deviceType, wanted.version);
  const listed = await parts.configurations.listed();
  const known = {
    matching,
    firstStage: await firstStageOf({ fleet: { count }, tags: parts.tags }, wanted, checksums),
    configurations: { onHub: listed.size, quota: parts.limits.configurations },
    messages: { expected: matching * MESSAGES_A_DEVICE, daily: parts.limits.dailyMessages },
  };
  const { allowsDowngrade } = parts.policy.profileOf(wanted.deviceType);
  const reach = { fleet: parts.fleet, listed };
  const unreached = await unreachedSample(reach, { ...wanted, rolloutId: id, allowsDowngrade });
  const warnings = warningsOf(known, wanted, releases, listed.has(id) ? id : undefined);
  return { forecast: { ...imageOf(wanted, checksums), ...known, unreached, warnings } };
}

function imageOf({ deviceType, version, planName, plan, targetCondition }: Wanted, checksums: Checksums) {
  const { size, crc16, sha256 } = checksums;
  const aim = { plan: planName, priority: plan.priority, targetCondition };
  return { deviceType, version, ...aim, size, crc16: crc16Text(crc16), sha256 };
}

/** Counts each condition once: those of a first stage are often the target condition itself. */
function countedOnce(fleet: Pick<FleetQueries, 'count'>): FleetQueries['count'] {
  const known = new Map<string, Promise<number>>();
  return async (condition) => {
    const count = known.get(condition) ?? fleet.count(condition);
    known.set(condition, count);
    return count;
  };
}

async function firstStageOf(
  { fleet, tags }: { readonly fleet: Pick<FleetQueries, 'count'>; readonly tags: ForecastParts['tags'] },
  { plan }: Wanted,
  { sha256 }: Checksums,
): Promise<Forecast['firstStage']> {
  if (needsBuckets(plan.stages[0]) && !(await tags.isComplete())) return undefined;
  const start = windowStart(sha256);
  try {
    const before = { plan, stage: -1, buckets: 0, windowStart: start };
    const { stage, buckets, targeted } = await stageWidth(fleet, before, 0);
    const name = plan.stages[stage]?.name ?? plan.stages[0].name;
    return { name, targetCondition: stageCondition(plan, stage, buckets, start), devices: targeted };
  } catch (error) {
    if (error instanceof TagsNotVisibleError) return undefined;
    throw error;
  }
}

/** @param taken the rollout's own id where a configuration on the hub has it */
function warningsOf(
  known: Pick<Forecast, 'configurations' | 'messages' | 'matching' | 'firstStage'>,
  wanted: Wanted,
  releases: boolean,
  taken: string | undefined,
): readonly string[] {
  const { configurations, messages, matching, firstStage } = known;
  const adds = releases && taken === undefined ? 1 : 0;
  const quota = quotaWarning(configurations.onHub + adds, configurations.quota);
  return [
    ...(quota === undefined ? [] : [quota]),
    ...(releases && taken !== undefined
      ? [`The hub has a configuration "${taken}" already: with other content it makes admission refuse.`]
      : []),
    ...(matching === 0 ? ['No device matches the target condition.'] : []),
    ...(messages.expected > messages.daily
      ? [
          `The rollout costs about ${messages.expected} messages, and the hub takes ${messages.daily} a day: give it more units, or a plan with stages on several days.`,
        ]
      : []),
    ...(firstStage === undefined
      ? [`"${wanted.plan.stages[0].name}" opens after the service has written the bucket tags.`]
      : []),
  ];
}
