import type { Checksums } from './checksums.ts';

/** An admitted firmware image: what devices download. */
export interface Release extends Checksums {
  readonly deviceType: string;
  /** As the image carries it. */
  readonly version: string;
  /** Path in the releases container. */
  readonly blobPath: string;
  /** Where devices download it; without a secret query. */
  readonly url: string;
  /** The rollout that delivers it; also the id of the hub's configuration. */
  readonly rolloutId: string;
  readonly targetCondition: string;
  /** Path and etag of the upload that it was admitted from. */
  readonly source: { readonly path: string; readonly etag: string };
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/**
 * `<devicetype>/<version>-<first 12 of sha256>.bin`: the name is bound to the bytes, so that a later
 * upload can never be served with this release's CRC.
 */
export function releaseBlobPath(deviceType: string, version: string, sha256: string): string {
  return `${deviceType}/${version}-${sha256.slice(0, 12)}.bin`;
}

/** `fw-<devicetype>-<version>` in the hub's alphabet for configuration ids: lower case, `-` for `.`. */
export function rolloutId(deviceType: string, version: string): string {
  return `fw-${deviceType.toLowerCase()}-${version.replaceAll('.', '-')}`;
}

/** An IoT Hub twin holds no string of more than 4 KB, and the device reports the URL back into its twin. */
export const MAX_URL_BYTES = 4096;
