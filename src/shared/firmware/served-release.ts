import { crc16Text } from './checksums.ts';
import type { Release } from './release.ts';

/** A release as it is served. */
export function servedRelease(release: Release) {
  const { deviceType, version, size, crc16, sha256, url, rolloutId, source, createdAt } = release;
  return {
    deviceType,
    version,
    size,
    crc16: crc16Text(crc16),
    sha256,
    url,
    rolloutId,
    source: { path: source.path, etag: source.etag },
    createdAt,
  };
}
