import { createHash } from 'node:crypto';

/** A device's bucket is one of this many, so one bucket is 0.01 % of a large fleet. */
export const BUCKETS = 10_000;

/**
 * The bucket of a device, 0 to 9999, kept on its twin as `tags.ota.bucket`: the first 32 bits of the SHA-256 of
 * the id's UTF-8 bytes, modulo 10,000. It must never change, or a stage would select other devices than
 * those that it was opened for. The remainder favours the lower buckets by 1 in 430,000, which is nothing.
 */
export function bucketOf(deviceId: string): number {
  return createHash('sha256').update(deviceId, 'utf8').digest().readUInt32BE(0) % BUCKETS;
}

/**
 * Where the bucket window of a release begins, 0 to 9999, so that each release meets other devices first.
 * @param sha256 the image's hash in hexadecimal
 */
export function windowStart(sha256: string): number {
  return Number.parseInt(sha256.slice(0, 8), 16) % BUCKETS;
}

/** How many buckets a share of the fleet is. 0.01 % is the smallest share that there is. */
export function bucketsOf(percent: number): number {
  return Math.round((percent * BUCKETS) / 100);
}

/** Whether a window of `buckets` buckets that begins at `start` holds a bucket; it goes on at 0 after 9999. */
export function isInWindow(bucket: number, buckets: number, start: number): boolean {
  return (bucket - start + BUCKETS) % BUCKETS < buckets;
}
