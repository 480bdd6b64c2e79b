import { HubError } from '../azure/hub-error.ts';
import { configurationOf } from '../rollout/configuration.ts';
import { ConfigurationConflictError, type HubConfigurations } from '../rollout/hub-configurations.ts';
import type { Rollout, RolloutRecord } from '../rollout/rollout.ts';
import type { RolloutStore } from '../rollout/rollout-store.ts';
import { type AdmissionDecision, decideAdmission } from './admission-decision.ts';
import { type Checksums, ChecksumStream } from './checksums.ts';
import type { DeviceProfile } from './device-profile.ts';
import { type DropBox, UploadChangedError } from './drop-box.ts';
import { checkImage, checkSize } from './image-checks.ts';
import { outcomeTags } from './outcome-tags.ts';
import { type Refusal, refusal } from './refusal.ts';
import { MAX_URL_BYTES, type Release, releaseBlobPath, rolloutId } from './release.ts';
import type { ReleaseBlobs } from './release-blobs.ts';
import type { ReleaseStore, ReleasesOfType } from './release-store.ts';
import { readUploadRequest, type Upload, type UploadRequest } from './upload.ts';
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
      const outcome = known ?? (await judge(parts, upload));
      if (!known) await parts.uploads.record(upload, outcome, parts.now());
      const tags = await parts.dropBox.tag(upload, outcomeTags(outcome));
      return { kind: 'done', upload, outcome, repeated: known !== undefined, tags };
    } catch (error) {
      if (!(error instanceof UploadChangedError) || attempt === MAX_TRIES) throw error;
    }
  }
}

async function judge(parts: Admission, upload: Upload): Promise<UploadOutcome> {
  const read = readUploadRequest(upload, { deviceType: parts.policy.defaultDeviceType });
  if (!read.ok) return refused(read.refusal);
  const profile = parts.policy.profileOf(read.request.deviceType);
  const wrongSize = checkSize(upload.size, profile);
  if (wrongSize) return refused(wrongSize);
  const checksums = new ChecksumStream();
  const bytes = await parts.dropBox.read(upload, (chunk) => checksums.update(chunk));
  const wrongImage = checkImage(bytes, read.request.version, profile);
  if (wrongImage) return refused(wrongImage);
  return release(parts, upload, read.request, bytes, checksums.digest());
}

/** Decides on what is released by now, and again where another admission came in between. */
async function release(
  parts: Admission,
  upload: Upload,
  request: UploadRequest,
  bytes: Buffer,
  checksums: Checksums,
): Promise<UploadOutcome> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const seen = await parts.releases.ofDeviceType(request.deviceType);
    const decision = decideAdmission(request, checksums, seen.releases);
    const settled = await settle(parts, { upload, request, bytes, checksums, seen, decision });
    if (settled) return settled;
  }
  throw new AdmissionContentionError(upload.path);
}

/** Other admissions of the same device type came in between again and again. Passing. */
export class AdmissionContentionError extends Error {
  readonly code = 'admission-contention';
  constructor(path: string) {
    super(`The admission of ${path} was overtaken ${MAX_TRIES} times by others of its device type`);
    this.name = 'AdmissionContentionError';
  }
}

interface Deciding {
  readonly upload: Upload;
  readonly request: UploadRequest;
  readonly bytes: Buffer;
  readonly checksums: Checksums;
  readonly seen: ReleasesOfType;
  readonly decision: AdmissionDecision;
}

/** `undefined` where another admission overtook this one. */
async function settle(parts: Admission, deciding: Deciding): Promise<UploadOutcome | undefined> {
  const { decision, request, upload } = deciding;
  switch (decision.kind) {
    case 'refuse':
      return refused(decision.refusal);
    case 'already-released':
      return start(parts, upload, request, decision.release);
    case 'admit': {
      const created = await newRelease(parts, deciding);
      if (Buffer.byteLength(downloadUrl(parts, created)) > MAX_URL_BYTES) return refused(urlTooLong());
      await parts.releaseBlobs.put(created.blobPath, deciding.bytes, created);
      const claim = await parts.releases.claim(created, deciding.seen);
      return claim === 'claimed' ? start(parts, upload, request, created) : undefined;
    }
  }
}

async function newRelease(parts: Admission, { upload, request, checksums }: Deciding): Promise<Release> {
  const blobPath = releaseBlobPath(request.deviceType, request.version, checksums.sha256);
  return {
    ...checksums,
    deviceType: request.deviceType,
    version: request.version,
    blobPath,
    url: await parts.releaseBlobs.url(blobPath),
    rolloutId: rolloutId(request.deviceType, request.version),
    targetCondition: request.targetCondition,
    source: { path: upload.path, etag: upload.etag },
    createdAt: parts.now().toISOString(),
  };
}

/** Brings the rollout of a recorded release to life; what is there already stays as it is. */
async function start(
  parts: Admission,
  upload: Upload,
  request: UploadRequest,
  created: Release,
): Promise<UploadOutcome> {
  const releasedNow = created.source.path === upload.path && created.source.etag === upload.etag;
  const admitted: UploadOutcome = { kind: 'admitted', rolloutId: created.rolloutId, releasedNow };
  const rollout = await parts.rollouts.add(newRollout(parts, request, created));
  if (rollout.deviceType !== created.deviceType || rollout.version !== created.version) {
    await parts.releases.remove(created);
    return refused(idTaken(rollout));
  }
  if (rollout.state === 'active') return admitted;
  const rejected = await configure(parts, rollout, created);
  if (!rejected) {
    await parts.rollouts.activate(rollout.id);
    return admitted;
  }
  // A refused upload leaves nothing behind: the version can be uploaded again once the cause is mended.
  await parts.rollouts.remove(rollout);
  await parts.releases.remove(created);
  return refused(rejected);
}

function newRollout(parts: Admission, request: UploadRequest, created: Release): Rollout {
  return {
    id: created.rolloutId,
    deviceType: created.deviceType,
    version: created.version,
    state: 'starting',
    createdAt: parts.now().toISOString(),
    targetCondition: created.targetCondition,
    priority: request.priority,
    labels: request.labels,
    shards: parts.policy.shards,
  };
}

/** Creates the hub's configuration; the answer is the reason where the hub will never take it. */
async function configure(parts: Admission, rollout: Rollout, created: Release): Promise<Refusal | undefined> {
  try {
    await parts.configurations.ensure(configurationOf(rollout, created, downloadUrl(parts, created)));
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

function lastingReason(error: unknown, rollout: Rollout): Refusal | undefined {
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
      `The hub rejected the configuration (target condition ${rollout.targetCondition}, priority ${rollout.priority}): "${error.message}". Correct the metadata and upload the image again.`,
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
