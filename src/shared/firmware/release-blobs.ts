import type { ContainerClient } from '@azure/storage-blob';
import { isNotFound, storageStatus } from '../azure/storage-error.ts';
import type { Checksums } from './checksums.ts';

/** A released blob has the name of these bytes but not their size. */
export class ReleaseBlobConflictError extends Error {
  readonly code = 'release-blob-conflict';
  constructor(path: string) {
    super(
      `The released blob ${path} exists with other bytes; it was changed by hand. Remove it and upload the image again`,
    );
    this.name = 'ReleaseBlobConflictError';
  }
}

/** The container that devices download from. A blob in it is written once and never changed. */
export class ReleaseBlobs {
  readonly #container: () => Promise<ContainerClient>;
  readonly #downloadBaseUrl: string | undefined;

  /** @param downloadBaseUrl what stands for the container in download links; absent: the container's URL */
  constructor(container: () => Promise<ContainerClient>, downloadBaseUrl: string | undefined) {
    this.#container = container;
    this.#downloadBaseUrl = downloadBaseUrl;
  }

  /** Writes the bytes under a name that holds their hash; what an earlier try wrote is kept. */
  async put(path: string, bytes: Buffer, checksums: Checksums): Promise<void> {
    const blob = (await this.#container()).getBlockBlobClient(path);
    try {
      await blob.uploadData(bytes, {
        conditions: { ifNoneMatch: '*' },
        blobHTTPHeaders: {
          blobContentType: 'application/octet-stream',
          blobCacheControl: 'public, max-age=31536000, immutable',
        },
        metadata: { sha256: checksums.sha256 },
      });
    } catch (error) {
      if (storageStatus(error) !== 409) throw error;
      const { contentLength, metadata } = await blob.getProperties();
      if (contentLength !== checksums.size || metadata?.['sha256'] !== checksums.sha256) {
        throw new ReleaseBlobConflictError(path);
      }
    }
  }

  /** The released bytes; undefined where somebody has removed them. */
  async read(path: string): Promise<Buffer | undefined> {
    try {
      return await (await this.#container()).getBlobClient(path).downloadToBuffer();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Where devices download it, without a query. */
  async url(path: string): Promise<string> {
    const base = this.#downloadBaseUrl ?? (await this.#container()).url.replace(/\?.*$/, '');
    return `${base}/${path.split('/').map(encodeURIComponent).join('/')}`;
  }
}
