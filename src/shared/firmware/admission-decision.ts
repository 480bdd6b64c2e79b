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

export type AdmissionDecision =
  | { readonly kind: 'admit' }
  /** The same version with the same bytes: nothing new, but what a crash left open is finished. */
  | { readonly kind: 'already-released'; readonly release: Release }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

/**
 * Whether checked bytes may become a release, given every release of the device type (compared without
 * case). Devices compare versions by themselves and ignore what is not higher, so a version that is not
 * higher could never reach them.
 */
export function decideAdmission(
  request: WantedRelease,
  checksums: Checksums,
  released: readonly Release[],
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
    .filter((release) => release.targetCondition === request.targetCondition)
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

function refuse(reason: Refusal): AdmissionDecision {
  return { kind: 'refuse', refusal: reason };
}
