import type { Checksums } from './checksums.ts';
import { type Refusal, refusal } from './refusal.ts';
import type { Release } from './release.ts';
import { compareVersions, sameVersion } from './version.ts';

/** What is to be released to whom. */
export interface WantedRelease {
  readonly version: string;
  readonly deviceType: string;
  readonly targetCondition: string;
}

/** A rollout that selects devices on the hub. */
export interface LiveRollout {
  readonly id: string;
  readonly deviceType: string;
  readonly targetCondition: string;
}

export type AdmissionDecision =
  | { readonly kind: 'admit' }
  /** The same version with the same bytes: nothing new, but what a crash left open is finished. */
  | { readonly kind: 'already-released'; readonly release: Release }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

/**
 * Whether checked bytes may become a release, given every release of the device type (compared without
 * case) and every rollout that is live, of any type. Devices compare versions by themselves and ignore what is not higher, so a version that is not
 * higher could never reach them.
 */
export function decideAdmission(
  request: WantedRelease,
  checksums: Checksums,
  released: readonly Release[],
  live: readonly LiveRollout[],
): AdmissionDecision {
  const otherSpelling = released.find((release) => release.deviceType !== request.deviceType);
  if (otherSpelling) {
    return refuse(
      refusal(
        'device-type-conflict',
        `The device type "${request.deviceType}" is already released as "${otherSpelling.deviceType}": use that spelling, ` +
          'as devices report it.',
      ),
    );
  }
  const same = released.find((release) => sameVersion(release.version, request.version));
  if (same) return decideAgain(request, checksums, same);
  const higher = released
    .filter((release) => mayOverlap(release.targetCondition, request.targetCondition))
    .find((release) => compareVersions(request.version, release.version) < 0);
  if (higher) {
    return refuse(
      refusal(
        'version-not-higher',
        `Version ${request.version} is not higher than ${higher.version}, which is already released to ${request.deviceType} ` +
          `devices with the target "${request.targetCondition}"; they would ignore it. To go back, build the old code with a version above ${higher.version}.`,
      ),
    );
  }
  const foreign = live.find(
    ({ deviceType, targetCondition }) =>
      deviceType !== request.deviceType && (targetCondition === '*' || request.targetCondition === '*'),
  );
  if (foreign) {
    return refuse(
      refusal(
        'target-covers-other-type',
        `The target "${request.targetCondition}" and that of ${foreign.id} ("${foreign.targetCondition}") cover devices of two types, ` +
          `and a device cannot tell an image of ${foreign.deviceType} from one of ${request.deviceType}. Give both a target of their own, ` +
          `e.g. tags.type='${request.deviceType}', with the metadata targetcondition; stop ${foreign.id} first if it is the one without.`,
      ),
    );
  }
  return { kind: 'admit' };
}

function decideAgain(request: WantedRelease, checksums: Checksums, release: Release): AdmissionDecision {
  if (release.sha256 === checksums.sha256) return { kind: 'already-released', release };
  return refuse(
    refusal(
      'version-released-with-other-bytes',
      `Version ${release.version} of ${request.deviceType} is already released with other bytes (SHA-256 ${release.sha256.slice(0, 12)}…, ` +
        `this file ${checksums.sha256.slice(0, 12)}…). A version means one image: raise the version and build again.`,
    ),
  );
}

/** Whether two conditions may select the same device, as far as it can be told: `*` contains every other. */
function mayOverlap(a: string, b: string): boolean {
  return a === b || a === '*' || b === '*';
}

function refuse(reason: Refusal): AdmissionDecision {
  return { kind: 'refuse', refusal: reason };
}
