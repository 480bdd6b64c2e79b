import type { BlobClient, ContainerClient } from '@azure/storage-blob';
import { isConflict, isNotFound, storageStatus } from '../azure/storage-error.ts';
import type { Upload } from './upload.ts';

/** The blob was overwritten or removed while it was read. */
export class UploadChangedError extends Error {
  readonly code = 'upload-changed';
  constructor(path: string, options: { cause: unknown }) {
    super(`The upload ${path} was changed while it was read`, options);
    this.name = 'UploadChangedError';
  }
}

/** The index tags that tell an upload's outcome. */
const OUTCOME_TAG = /^ota(?:Outcome|Rollout|Code|Reason)$/;

/** The private container that images are dropped into. */
export class DropBox {
  readonly #container: () => Promise<ContainerClient>;

  constructor(container: () => Promise<ContainerClient>) {
    this.#container = container;
  }

  /** What is there under this path now, without its bytes; `undefined` where nothing is. */
  async describe(path: string): Promise<Upload | undefined> {
    try {
      const properties = await (await this.#blob(path)).getProperties();
      return {
        path,
        etag: unquoted(properties.etag),
        size: properties.contentLength ?? 0,
        uploadedAt: (properties.lastModified ?? new Date(0)).toISOString(),
        metadata: lowerCaseKeys(properties.metadata ?? {}),
      };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * The bytes of exactly this upload, each chunk shown to `look` once as it arrives. Throws
   * UploadChangedError where the blob is no longer the one that was described.
   */
  async read(upload: Upload, look: (chunk: Buffer) => void): Promise<Buffer> {
    try {
      const conditions = { ifMatch: `"${upload.etag}"` };
      const answer = await (await this.#blob(upload.path)).download(0, undefined, { conditions });
      const chunks: Buffer[] = [];
      for await (const chunk of answer.readableStreamBody ?? []) {
        const bytes = Buffer.from(chunk);
        look(bytes);
        chunks.push(bytes);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) throw new UploadChangedError(upload.path, { cause: error });
      throw error;
    }
  }

  /** A small text, whatever its version; undefined where nothing is under the path. */
  async readText(
    path: string,
    maxBytes: number,
  ): Promise<{ readonly text: string } | 'too-large' | undefined> {
    const found = await this.describe(path);
    if (!found) return undefined;
    if (found.size > maxBytes) return 'too-large';
    return { text: (await this.read(found, () => undefined)).toString('utf8') };
  }

  /**
   * Adds index tags to the blob, beside those that a person has set; they do not change its etag. Does
   * nothing where the blob is no longer the one that was described. `not-possible`: this account has no
   * index tags (hierarchical namespace), the app may not set them, or the blob has ten of its own.
   */
  async tag(
    upload: Upload,
    tags: Readonly<Record<string, string>>,
  ): Promise<'tagged' | 'changed' | 'not-possible'> {
    const blob = await this.#blob(upload.path);
    const current = await this.describe(upload.path);
    if (current?.etag !== upload.etag) return 'changed';
    try {
      const { tags: existing } = await blob.getTags();
      // What an earlier outcome said of this blob does not hold any more.
      const others = Object.entries(existing).filter(([name]) => !OUTCOME_TAG.test(name));
      await blob.setTags({ ...Object.fromEntries(others), ...tags });
      return 'tagged';
    } catch (error) {
      if (isNotFound(error)) return 'changed';
      if ([400, 403, 409].includes(storageStatus(error) ?? 0)) return 'not-possible';
      throw error;
    }
  }

  /**
   * Drops a file as a person does; with `over: 'nothing'` only where nothing lies under the path. Metadata is
   * ASCII, as storage asks.
   */
  async put(
    path: string,
    bytes: Buffer,
    metadata: Readonly<Record<string, string>>,
    over: 'anything' | 'nothing' = 'anything',
  ): Promise<'put' | 'taken'> {
    const blob = (await this.#container()).getBlockBlobClient(path);
    const conditions = over === 'nothing' ? { ifNoneMatch: '*' } : {};
    try {
      await blob.uploadData(bytes, { metadata: { ...metadata }, conditions });
      return 'put';
    } catch (error) {
      if (over === 'nothing' && isConflict(error)) return 'taken';
      throw error;
    }
  }

  /** Path and etag of every blob. */
  async *list(): AsyncGenerator<Pick<Upload, 'path' | 'etag'>> {
    const container = await this.#container();
    for await (const blob of container.listBlobsFlat()) {
      yield { path: blob.name, etag: unquoted(blob.properties.etag) };
    }
  }

  async #blob(path: string): Promise<BlobClient> {
    return (await this.#container()).getBlobClient(path);
  }
}

/** Listings give etags bare, property reads give them in quotes. */
function unquoted(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}

function lowerCaseKeys(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value]));
}
