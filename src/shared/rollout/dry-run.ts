import { HubError } from '../azure/hub-error.ts';
import { type Admission, liveRollouts } from '../firmware/admission.ts';
import { decideAdmission } from '../firmware/admission-decision.ts';
import type { Checksums } from '../firmware/checksums.ts';
import { UploadChangedError } from '../firmware/drop-box.ts';
import { examineUpload, type Wanted } from '../firmware/examination.ts';
import { type Refusal, refusal } from '../firmware/refusal.ts';
import { rolloutId } from '../firmware/release.ts';
import type { BucketTags } from './bucket-tags.ts';
import { windowStart } from './bucket.ts';
import { quotaWarning } from './configuration-quota.ts';
import type { FleetQueries } from './fleet-queries.ts';
import { MESSAGES_A_DEVICE } from './message-cost.ts';
import { needsBuckets } from './opening.ts';
import { stageCondition } from './stage-condition.ts';
import { stageWidth, TagsNotVisibleError } from './stage-width.ts';
import { type Unreached, unreachedSample } from './unreached.ts';

export interface DryRunParts {
  readonly admission: Pick<Admission, 'dropBox' | 'releases' | 'rollouts' | 'configurations' | 'policy'>;
  readonly fleet: Pick<FleetQueries, 'count' | 'some' | 'sample' | 'reportedVersions'>;
  readonly tags: Pick<BucketTags, 'isComplete'>;
  readonly limits: { readonly configurations: number; readonly dailyMessages: number };
}

/** What an upload would do. */
export interface Forecast {
  /** False where the same bytes are released under this version already. */
  readonly releases: boolean;
  readonly wanted: Wanted;
  readonly checksums: Checksums;
  /** Devices that the target condition selects now. */
  readonly matching: number;
  /** Absent while the bucket tags that the stage asks for are not all written. */
  readonly firstStage:
    | { readonly name: string; readonly targetCondition: string; readonly devices: number }
    | undefined;
  readonly unreached: readonly Unreached[];
  readonly configurations: { readonly onHub: number; readonly quota: number };
  readonly messages: { readonly expected: number; readonly daily: number };
  /** What a person should know before; sentences. */
  readonly warnings: readonly string[];
}

export type DryRun =
  | { readonly kind: 'absent' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'forecast'; readonly forecast: Forecast };

/**
 * What the image under `path` would do if it were admitted now: the same checks and the same decision as
 * admission, and what the hub says of the devices. It asks the hub some eight times and writes nothing
 * anywhere. Throws HubError, and what the stores throw.
 */
export async function dryRun(parts: DryRunParts, path: string): Promise<DryRun> {
  const { admission } = parts;
  const upload = await admission.dropBox.describe(path);
  if (!upload) return { kind: 'absent' };
  try {
    const examined = await examineUpload(admission, upload);
    if (!examined.ok) return { kind: 'refused', refusal: examined.refusal };
    const { wanted, checksums } = examined;
    const { releases } = await admission.releases.ofDeviceType(wanted.deviceType);
    const decision = decideAdmission(wanted, checksums, releases, await liveRollouts(admission));
    if (decision.kind === 'refuse') return { kind: 'refused', refusal: decision.refusal };
    return await forecast(parts, wanted, checksums, decision.kind === 'admit');
  } catch (error) {
    if (error instanceof UploadChangedError) return { kind: 'changed' };
    throw error;
  }
}

async function forecast(
  parts: DryRunParts,
  wanted: Wanted,
  checksums: Checksums,
  releases: boolean,
): Promise<DryRun> {
  const count = countedOnce(parts.fleet);
  const matching = await counted({ count }, wanted.targetCondition);
  if (typeof matching !== 'number') return { kind: 'refused', refusal: matching };
  const id = rolloutId(wanted.deviceType, wanted.version);
  const listed = await parts.admission.configurations.listed();
  const known = {
    releases,
    wanted,
    checksums,
    matching,
    firstStage: await firstStageOf({ fleet: { count }, tags: parts.tags }, wanted, checksums),
    configurations: { onHub: listed.size, quota: parts.limits.configurations },
    messages: { expected: matching * MESSAGES_A_DEVICE, daily: parts.limits.dailyMessages },
  };
  const { allowsDowngrade } = parts.admission.policy.profileOf(wanted.deviceType);
  const reach = { fleet: parts.fleet, listed };
  const unreached = await unreachedSample(reach, { ...wanted, rolloutId: id, allowsDowngrade });
  const warnings = warningsOf(known, listed.has(id) ? id : undefined);
  return { kind: 'forecast', forecast: { ...known, unreached, warnings } };
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

/** The hub judges a condition by the same grammar whether it is asked for devices or for a configuration. */
async function counted(fleet: Pick<FleetQueries, 'count'>, condition: string): Promise<number | Refusal> {
  try {
    return await fleet.count(condition);
  } catch (error) {
    if (!(error instanceof HubError) || error.kind !== 'rejected') throw error;
    return refusal(
      'configuration-rejected',
      `The hub does not take the target condition ${condition}: "${error.message}". Correct it and upload the image again.`,
    );
  }
}

async function firstStageOf(
  { fleet, tags }: { readonly fleet: Pick<FleetQueries, 'count'>; readonly tags: DryRunParts['tags'] },
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
  known: Omit<Forecast, 'unreached' | 'warnings'>,
  taken: string | undefined,
): readonly string[] {
  const { configurations, messages, matching, releases, wanted, firstStage } = known;
  const adds = releases && taken === undefined ? 1 : 0;
  const quota = quotaWarning(configurations.onHub + adds, configurations.quota);
  return [
    ...(quota === undefined ? [] : [quota]),
    ...(releases && taken !== undefined
      ? [`The hub has a configuration "${taken}" already: with other content it makes admission refuse.`]
      : []),
    ...(matching === 0 ? [`No device matches the target condition ${wanted.targetCondition}.`] : []),
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
