import { HubError } from '../azure/hub-error.ts';
import { isNotFound } from '../azure/storage-error.ts';
import { configurationOf } from '../rollout/configuration.ts';
import { ConfigurationConflictError, type HubConfigurations } from '../rollout/hub-configurations.ts';
import { reconcile } from '../rollout/hub-reconciliation.ts';
import { windowStart } from '../rollout/bucket.ts';
import { SERVICE } from '../rollout/journal.ts';
import type { RolloutState } from '../rollout/lifecycle.ts';
import { startPosition } from '../rollout/opening.ts';
import type { NewRollout, RolloutRecord } from '../rollout/rollout.ts';
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
  readonly now: () => Date;
  readonly policy: {
    readonly defaultDeviceType: string;
    readonly defaultPlan: string;
    readonly profileOf: (deviceType: string) => DeviceProfile;
    /** Table partitions for the device updates of a new rollout. */
    readonly shards: number;
    /** Query of download links, without `?`; a secret. */
    readonly downloadSas: string | undefined;
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

async function liveRollouts({ rollouts }: Admission): Promise<readonly LiveRollout[]> {
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
  if (releasing.wanted.dryRun) return { kind: 'dry-run', wouldRelease: decision.kind === 'admit' };
  if (decision.kind === 'already-released') return start(parts, releasing, decision.release);
  const created = await newRelease(parts, releasing);
  if (Buffer.byteLength(downloadUrl(parts, created)) > MAX_URL_BYTES) return refused(urlTooLong());
  try {
    await parts.releaseBlobs.put(created.blobPath, releasing.bytes, created);
  } catch (error) {
    if (!(error instanceof ReleaseBlobConflictError)) throw error;
    return refused(refusal('release-blob-conflict', `${error.message}.`));
  }
  const claim = await parts.releases.claim(created, seen);
  return claim === 'claimed' ? start(parts, releasing, created) : undefined;
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

/** Brings the rollout of a recorded release to life; what is there already stays as it is. */
async function start(
  parts: Admission,
  { upload, wanted }: Releasing,
  created: Release,
): Promise<UploadOutcome> {
  const releasedNow = created.source.path === upload.path && created.source.etag === upload.etag;
  const admitted: UploadOutcome = { kind: 'admitted', rolloutId: created.rolloutId, releasedNow };
  const rollout = await addRollout(parts, wanted, created);
  if (rollout.deviceType !== created.deviceType || rollout.version !== created.version) {
    await parts.releases.remove(created);
    return refused(idTaken(rollout));
  }
  if (rollout.state !== 'starting') {
    await withdrawEnded(parts, rollout);
    return admitted;
  }
  const rejected = await configure(parts, rollout, created);
  if (!rejected) {
    await withdrawEnded(parts, { id: rollout.id, state: await activate(parts, rollout) });
    return admitted;
  }
  // A refused upload leaves no release behind: the version can be uploaded again once the cause is mended.
  // Its bytes stay in the releases container under their hash, where nothing points to them.
  await parts.rollouts.remove(rollout);
  await parts.releases.remove(created);
  return refused(rejected);
}

/**
 * A person may end a rollout while this admission, or an earlier try of it that crashed, creates its
 * configuration: open, because the rollout was not ended when it began. The hub learns of the end now.
 */
async function withdrawEnded(
  parts: Admission,
  { id, state }: Pick<RolloutRecord, 'id' | 'state'>,
): Promise<void> {
  if (state === 'stopped') await reconcile(parts, id);
  if (state === 'retired') await parts.configurations.remove(id);
}

/** A rollout that another run has taken back leaves no configuration: this run begins anew. */
async function activate(parts: Admission, rollout: RolloutRecord): Promise<RolloutRecord['state']> {
  try {
    return await parts.rollouts.activate(rollout);
  } catch (error) {
    if (isNotFound(error)) await parts.configurations.remove(rollout.id);
    throw error;
  }
}

async function addRollout(parts: Admission, wanted: Wanted, created: Release): Promise<RolloutRecord> {
  const now = parts.now();
  const rollout: NewRollout = {
    id: created.rolloutId,
    deviceType: created.deviceType,
    version: created.version,
    createdAt: now.toISOString(),
    shards: parts.policy.shards,
    planName: wanted.planName,
    plan: { ...wanted.plan, targetCondition: created.targetCondition },
    priority: wanted.plan.priority,
    labels: wanted.plan.labels,
    windowStart: windowStart(created.sha256),
  };
  const position = startPosition(rollout.plan, rollout.priority, now);
  return parts.rollouts.add(rollout, position, {
    revision: 0,
    at: now.toISOString(),
    action: 'started',
    actor: SERVICE,
    reason: `${created.source.path} was admitted with the plan "${wanted.planName}"`,
    state: position.state,
    stage: position.stage,
    inputs: {},
  });
}

/** Creates the hub's configuration; the answer is the reason where the hub will never take it. */
async function configure(
  parts: Admission,
  rollout: RolloutRecord,
  created: Release,
): Promise<Refusal | undefined> {
  try {
    await parts.configurations.ensure(
      configurationOf({ ...rollout, state: 'running' }, created, downloadUrl(parts, created)),
    );
    return undefined;
  } catch (error) {
    const reason = lastingReason(error, rollout);
    if (!reason) throw error;
    return reason;
  }
}

function downloadUrl(parts: Admission, { url }: Release): string {
  return parts.policy.downloadSas === undefined ? url : `${url}?${parts.policy.downloadSas}`;
}

function lastingReason(error: unknown, rollout: RolloutRecord): Refusal | undefined {
  if (error instanceof ConfigurationConflictError) {
    return refusal(
      'configuration-conflict',
      `${error.message}. Remove it from the hub if nobody needs it, then upload the image again.`,
    );
  }
  if (!(error instanceof HubError)) return undefined;
  if (error.kind === 'quota-exceeded') {
    return refusal(
      'configuration-quota-exceeded',
      `The hub takes no further configuration: "${error.message}". Remove configurations that are no longer needed, then upload the image again.`,
    );
  }
  if (error.kind === 'rejected') {
    return refusal(
      'configuration-rejected',
      `The hub rejected the configuration (target condition ${rollout.plan.targetCondition}, priority ${rollout.priority}): "${error.message}". Correct the metadata and upload the image again.`,
    );
  }
  return undefined;
}

function idTaken(rollout: RolloutRecord): Refusal {
  return refusal(
    'configuration-conflict',
    `The configuration id "${rollout.id}" belongs to version ${rollout.version} of ${rollout.deviceType}. Choose another device type or version.`,
  );
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
