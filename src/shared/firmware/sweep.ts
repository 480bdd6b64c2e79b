import { type Admission, type AdmissionResult, admitUpload } from './admission.ts';
import type { DropBox } from './drop-box.ts';
import { isFirmware, type Upload } from './upload.ts';

type Listed = Pick<Upload, 'path' | 'etag'>;

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
  for await (const chunk of imagesOf(parts.dropBox)) {
    images += chunk.length;
    const open = await Promise.all(
      chunk.map(async (image) => ((await isKnown(parts, image)) ? [] : [image.path])),
    );
    for (const path of open.flat()) {
      try {
        results.push(await admitUpload(parts, path));
      } catch (error) {
        failures.push({ path, error });
      }
    }
  }
  return { images, results, failures };
}

/** Outcomes are read so many at a time: a drop box may hold every image that there ever was. */
const READS_AT_ONCE = 16;

async function* imagesOf(dropBox: Pick<DropBox, 'list'>): AsyncGenerator<readonly Listed[]> {
  let chunk: Listed[] = [];
  for await (const listed of dropBox.list()) {
    if (isFirmware(listed.path)) chunk.push(listed);
    if (chunk.length < READS_AT_ONCE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function isKnown({ uploads }: Pick<Admission, 'uploads'>, { path, etag }: Listed): Promise<boolean> {
  return (await uploads.outcome(path, etag)) !== undefined;
}
