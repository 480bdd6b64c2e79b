import { type Admission, type AdmissionResult, admitUpload } from './admission.ts';
import { isFirmware } from './upload.ts';

export interface SweepReport {
  /** Images that lie in the drop box. */
  readonly images: number;
  readonly results: readonly AdmissionResult[];
  readonly failures: readonly { readonly path: string; readonly error: unknown }[];
}

/**
 * Admits every upload that has no outcome yet: what the trigger has missed (a polling trigger may), or
 * given up on while the hub was away. One failing upload does not stop the others.
 */
export async function sweepUploads(parts: Admission): Promise<SweepReport> {
  const results: AdmissionResult[] = [];
  const failures: { path: string; error: unknown }[] = [];
  let images = 0;
  for await (const { path, etag } of parts.dropBox.list()) {
    if (!isFirmware(path)) continue;
    images++;
    try {
      const known = await parts.uploads.outcome(path, etag);
      if (!known) results.push(await admitUpload(parts, path));
    } catch (error) {
      failures.push({ path, error });
    }
  }
  return { images, results, failures };
}
