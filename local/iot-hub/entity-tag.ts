import { HubError } from './hub-error.ts';

/** The tag of the n-th revision, in the form that IoT Hub uses (`AAAAAAAAAAE=` is 1). */
export function entityTag(revision: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(revision));
  return bytes.toString('base64');
}

/**
 * Holds a request to its If-Match header (quotes already taken off); undefined and `*` match everything.
 * @throws {HubError} PreconditionFailed
 */
export function checkIfMatch(ifMatch: string | undefined, revision: number): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch === entityTag(revision)) return;
  throw new HubError('PreconditionFailed', `Precondition failed: the current etag is ${entityTag(revision)}`);
}
