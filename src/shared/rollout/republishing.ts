import { type Admission, admitUpload, liveRollouts } from '../firmware/admission.ts';
import { decideAdmission } from '../firmware/admission-decision.ts';
import { checksumsOf } from '../firmware/checksums.ts';
import { checkImage } from '../firmware/image-checks.ts';
import type { Refusal } from '../firmware/refusal.ts';
import type { Release } from '../firmware/release.ts';
import { compareVersions, sameVersion } from '../firmware/version.ts';
import type { RolloutRecord } from './rollout.ts';

interface Impossible {
  readonly kind: 'impossible';
  readonly message: string;
}

/** What lies in the drop box by the service's own hand. */
export function revertPath(deviceType: string, version: string): string {
  return `reverts/${deviceType}-${version}.bin`;
}

/**
 * Publishes the image before a rollout's again, under a version that its devices do not ignore. The bytes
 * are dropped into the drop box as a person would drop them and take the same way, so that nothing is
 * released that admission would have refused; what a crash leaves there, trigger or sweep admit. All that
 * can be known is checked before. Answers the new rollout.
 */
export async function republish(
  parts: Admission,
  rollout: RolloutRecord,
  version: string,
): Promise<RolloutRecord | Impossible> {
  const { releases } = await parts.releases.ofDeviceType(rollout.deviceType);
  const previous = releaseBefore(releases, rollout);
  const above = `above ${releases[0]?.version ?? rollout.version}`;
  if (!previous) {
    return impossible(
      `There is no release before ${rollout.version} for its target to go back to. Build the code that you want with a version ${above} and upload it.`,
    );
  }
  if (compareVersions(version, rollout.version) <= 0) {
    return impossible(
      `Devices that run ${rollout.version} ignore ${version}, which is not higher. Send a version ${above}.`,
    );
  }
  const wayOut = `Build the code of ${previous.version} with a version ${above} and upload it.`;
  const bytes = await parts.releaseBlobs.read(previous.blobPath);
  const checksums = bytes && checksumsOf(bytes);
  if (!bytes || checksums?.sha256 !== previous.sha256) {
    return impossible(`The released image of ${previous.version} was removed or changed by hand. ${wayOut}`);
  }
  const wrong = checkImage(bytes, version, parts.policy.profileOf(rollout.deviceType));
  if (wrong) return impossible(`${faultOf(wrong, previous, version)} ${wayOut}`);
  const path = revertPath(previous.deviceType, version);
  const wanted = { version, deviceType: previous.deviceType, targetCondition: rollout.plan.targetCondition };
  const decision = decideAdmission(wanted, checksums, releases, await liveRollouts(parts));
  switch (decision.kind) {
    case 'refuse':
      return impossible(decision.refusal.message);
    case 'already-released':
      // By an earlier try of the same revert: it is finished now. Otherwise it is no new version.
      if (decision.release.source.path === path) return admitted(parts, path);
      return impossible(`Version ${version} is released already. Send a version that is not.`);
    case 'admit':
      if (!isAscii(wanted.targetCondition)) return impossible(notAscii(wanted.targetCondition));
      await parts.dropBox.put(path, bytes, metadataOf(wanted, rollout));
      return admitted(parts, path);
  }
}

/** The release with the highest version below a rollout's, of those for the same target. Pure. */
export function releaseBefore(
  releases: readonly Release[],
  { version }: Pick<RolloutRecord, 'version'>,
): Release | undefined {
  const current = releases.find((release) => sameVersion(release.version, version));
  return releases
    .filter((release) => release.targetCondition === current?.targetCondition)
    .filter((release) => compareVersions(release.version, version) < 0)
    .toSorted((a, b) => compareVersions(b.version, a.version))[0];
}

/** The new rollout is for the devices, and as important, as the one that it takes the place of is now. */
function metadataOf(
  wanted: { readonly version: string; readonly deviceType: string; readonly targetCondition: string },
  { planName, priority }: RolloutRecord,
): Record<string, string> {
  return {
    fwversion: wanted.version,
    devicetype: wanted.deviceType,
    targetcondition: wanted.targetCondition,
    plan: planName,
    priority: String(priority),
  };
}

async function admitted(parts: Admission, path: string): Promise<RolloutRecord | Impossible> {
  const result = await admitUpload(parts, path);
  if (result.kind === 'gone') return impossible(`${path} was removed before it was admitted. Try again.`);
  const { outcome } = result;
  switch (outcome.kind) {
    case 'refused':
      return impossible(outcome.refusal.message);
    case 'dry-run':
      return impossible(`${path} was replaced by a dry run before it was admitted. Try again.`);
    case 'admitted': {
      const rollout = await parts.rollouts.get(outcome.rolloutId);
      return rollout ?? impossible(`The rollout ${outcome.rolloutId} was taken back at once. Try again.`);
    }
  }
}

/** Storage takes metadata in headers. */
function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function notAscii(targetCondition: string): string {
  return `The target condition ${targetCondition} has characters that the metadata of a blob cannot hold. Upload the image with a plan that holds the condition.`;
}

function faultOf({ code, message }: Refusal, previous: Release, version: string): string {
  return code === 'image-without-version'
    ? `The image of ${previous.version} does not hold the text "${version}", so devices that take it for ${version} would download it again and again.`
    : message;
}

function impossible(message: string): Impossible {
  return { kind: 'impossible', message };
}
