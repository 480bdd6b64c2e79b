import type { BucketTags } from '../rollout/bucket-tags.ts';
import type { FleetQueries } from '../rollout/fleet-queries.ts';
import { forecastOf } from '../rollout/forecast.ts';
import type { HubConfigurations } from '../rollout/hub-configurations.ts';
import { hubTarget } from '../rollout/hub-target.ts';
import { startPosition } from '../rollout/opening.ts';
import { conditionRefusal, wholeCondition } from '../rollout/rejected-condition.ts';
import type { RolloutStore } from '../rollout/rollout-store.ts';
import { type AdmissionDecision, decideAdmission, type LiveRollout } from './admission-decision.ts';
import type { Checksums } from './checksums.ts';
import { examineUpload, type Wanted } from './examination.ts';
import type { DeviceProfile } from './device-profile.ts';
import { type DropBox, UploadChangedError } from './drop-box.ts';
import { outcomeTags } from './outcome-tags.ts';
import { type Refusal, refusal } from './refusal.ts';
import { MAX_URL_BYTES, type Release, releaseBlobPath, rolloutId } from './release.ts';
import { ReleaseBlobConflictError, type ReleaseBlobs } from './release-blobs.ts';
import type { ReleaseStore, ReleasesOfType } from './release-store.ts';
import { downloadUrl, startRollout } from './rollout-start.ts';
import type { Upload } from './upload.ts';
import type { UploadOutcome, UploadStore } from './upload-store.ts';

/** What admission works with. */
export interface Admission {
  readonly dropBox: DropBox;
  readonly releaseBlobs: ReleaseBlobs;
  readonly releases: ReleaseStore;
  readonly rollouts: RolloutStore;
  readonly configurations: HubConfigurations;
  readonly uploads: UploadStore;
  /** What the hub is asked of devices. */
  readonly fleet: Pick<FleetQueries, 'count' | 'some' | 'sample' | 'reportedVersions' | 'objection'>;
  readonly tags: Pick<BucketTags, 'isComplete'>;
  /** Of the hub. */
  readonly limits: { readonly configurations: number; readonly dailyMessages: number };
  readonly now: () => Date;
  readonly policy: {
    readonly defaultDeviceType: string;
    readonly defaultPlan: string;
    readonly profileOf: (deviceType: string) => DeviceProfile;
    /** Table partitions for the device updates of a new rollout. */
    readonly shards: number;
    /** Query of download links, without `?`; a secret. */
    readonly downloadQuery: (blobPath: string) => string | undefined;
  };
}

export type AdmissionResult =
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'done';
      readonly upload: Upload;
      readonly outcome: UploadOutcome;
      /** The outcome was there before. */
      readonly repeated: boolean;
      /** Whether the outcome stands on the blob as index tags too. */
      readonly tags: 'tagged' | 'changed' | 'not-possible';
    };

/** How often a changing upload or an overtaken claim is looked at again before the fault counts as passing. */
const MAX_TRIES = 5;

/**
 * Takes what lies under `path` in the drop box through admission: checks, released bytes, release,
 * rollout, configuration, outcome. Every step can be repeated and finds what an earlier run has done, so
 * a crash between any two of them is mended by running it again. Lasting problems become a refusal;
 * whatever is thrown is passing, and the same call may succeed later.
 */
export async function admitUpload(parts: Admission, path: string): Promise<AdmissionResult> {
  for (let attempt = 1; ; attempt++) {
    const upload = await parts.dropBox.describe(path);
    if (!upload) return { kind: 'gone' };
    try {
      const known = await parts.uploads.outcome(path, upload.etag);
      const outcome = known ?? (await newOutcome(parts, upload));
      if (!known) await parts.uploads.record(upload, outcome, parts.now());
      const tags = await parts.dropBox.tag(upload, outcomeTags(outcome));
      return { kind: 'done', upload, outcome, repeated: known !== undefined, tags };
    } catch (error) {
      if (!(error instanceof UploadChangedError) || attempt === MAX_TRIES) throw error;
    }
  }
}

async function newOutcome(parts: Admission, upload: Upload): Promise<UploadOutcome> {
  const examined = await examineUpload(parts, upload);
  if (!examined.ok) return refused(examined.refusal);
  return release(parts, { upload, ...examined });
}

interface Releasing {
  readonly upload: Upload;
  readonly wanted: Wanted;
  readonly bytes: Buffer;
  readonly checksums: Checksums;
}

/** Decides on what is released by now, and again where another admission came in between. */
async function release(parts: Admission, releasing: Releasing): Promise<UploadOutcome> {
  const { upload, wanted, checksums } = releasing;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const seen = await parts.releases.ofDeviceType(wanted.deviceType);
    const decision = decideAdmission(wanted, checksums, seen.releases, await liveRollouts(parts));
    const settled = await settle(parts, releasing, seen, decision);
    if (settled) return settled;
  }
  throw new AdmissionContentionError(upload.path);
}

/** Rollouts of any device type whose configuration may select devices. */
export async function liveRollouts({
  rollouts,
}: Pick<Admission, 'rollouts'>): Promise<readonly LiveRollout[]> {
  const all = await rollouts.list();
  return all
    .filter(({ state }) => state !== 'stopped' && state !== 'retired')
    .map(({ id, deviceType, plan }) => ({ id, deviceType, targetCondition: plan.targetCondition }));
}

/** Other admissions of the same device type came in between again and again. Passing. */
export class AdmissionContentionError extends Error {
  readonly code = 'admission-contention';
  constructor(path: string) {
    super(`The admission of ${path} was overtaken ${MAX_TRIES} times by others of its device type`);
    this.name = 'AdmissionContentionError';
  }
}

/** `undefined` where another admission overtook this one. */
async function settle(
  parts: Admission,
  releasing: Releasing,
  seen: ReleasesOfType,
  decision: AdmissionDecision,
): Promise<UploadOutcome | undefined> {
  if (decision.kind === 'refuse') return refused(decision.refusal);
  if (releasing.wanted.dryRun) return tried(parts, releasing, decision.kind === 'admit');
  if (decision.kind === 'already-released') return started(parts, releasing, decision.release);
  const rejected = await laterRejection(parts, releasing.wanted);
  if (rejected) return refused(rejected);
  const created = await newRelease(parts, releasing);
  if (Buffer.byteLength(downloadUrl(created, parts.policy.downloadQuery)) > MAX_URL_BYTES)
    return refused(urlTooLong());
  try {
    await parts.releaseBlobs.put(created.blobPath, releasing.bytes, created);
  } catch (error) {
    if (!(error instanceof ReleaseBlobConflictError)) throw error;
    return refused(refusal('release-blob-conflict', `${error.message}.`));
  }
  const claim = await parts.releases.claim(created, seen);
  return claim === 'claimed' ? started(parts, releasing, created) : undefined;
}

/** What a dry run answers: the forecast, kept with the outcome. */
async function tried(
  parts: Admission,
  { wanted, checksums }: Releasing,
  wouldRelease: boolean,
): Promise<UploadOutcome> {
  const found = await forecastOf(parts, wanted, checksums, wouldRelease);
  if ('refusal' in found) return refused(found.refusal);
  return { kind: 'dry-run', wouldRelease, forecast: found.forecast };
}

/**
 * Whether the hub will not take a condition that it would only meet when a later stage opens. What the
 * configuration is created with, the hub judges then.
 */
async function laterRejection(parts: Admission, wanted: Wanted): Promise<Refusal | undefined> {
  const { plan } = wanted;
  const position = startPosition(plan, plan.priority, parts.now());
  const created = hubTarget({ plan, windowStart: 0, ...position }).targetCondition;
  if (created === wholeCondition(plan)) return undefined;
  return conditionRefusal(parts.fleet, wanted);
}

async function newRelease(parts: Admission, { upload, wanted, checksums }: Releasing): Promise<Release> {
  const blobPath = releaseBlobPath(wanted.deviceType, wanted.version, checksums.sha256);
  return {
    ...checksums,
    deviceType: wanted.deviceType,
    version: wanted.version,
    blobPath,
    url: await parts.releaseBlobs.url(blobPath),
    rolloutId: rolloutId(wanted.deviceType, wanted.version),
    targetCondition: wanted.targetCondition,
    source: { path: upload.path, etag: upload.etag },
    createdAt: parts.now().toISOString(),
  };
}

async function started(
  parts: Admission,
  { upload, wanted }: Releasing,
  created: Release,
): Promise<UploadOutcome> {
  const outcome = await startRollout(parts, wanted, created);
  if (outcome !== 'started') return refused(outcome);
  const releasedNow = created.source.path === upload.path && created.source.etag === upload.etag;
  return { kind: 'admitted', rolloutId: created.rolloutId, releasedNow };
}

function urlTooLong(): Refusal {
  return refusal(
    'download-url-too-long',
    `The download URL is longer than ${MAX_URL_BYTES} bytes, which a device twin cannot hold. Shorten DOWNLOAD_BASE_URL or DOWNLOAD_SAS.`,
  );
}

function refused(reason: Refusal): UploadOutcome {
  return { kind: 'refused', refusal: reason };
}
