import type { TableClient } from '@azure/data-tables';
import { isNotFound } from '../azure/storage-error.ts';
import { prefixFilter } from '../azure/table-keys.ts';
import { announcementKey, outcomeOf, type OutcomeRow, type UploadOutcome, UPLOADS } from './upload-store.ts';
import { uploadId } from './upload.ts';

/** The outcome of an upload that is still to be announced. */
export interface AnnouncedUpload {
  readonly path: string;
  readonly etag: string;
  readonly outcome: UploadOutcome;
  /** RFC 3339, UTC. */
  readonly recordedAt: string;
}

type Row = OutcomeRow & { path: string; etagOfBlob: string; recordedAt: string };

/** Outcomes that are still to be announced, in the table `uploads`. The store writes them. */
export class UploadOutbox {
  readonly #table: () => Promise<TableClient>;

  constructor(table: () => Promise<TableClient>) {
    this.#table = table;
  }

  async list(): Promise<readonly AnnouncedUpload[]> {
    const table = await this.#table();
    const uploads: AnnouncedUpload[] = [];
    const queryOptions = { filter: prefixFilter(UPLOADS, announcementKey('')) };
    for await (const row of table.listEntities<Row>({ queryOptions })) {
      const { path, etagOfBlob: etag, recordedAt } = row;
      uploads.push({ path, etag, recordedAt, outcome: outcomeOf(row) });
    }
    return uploads;
  }

  /** It is announced. One that is not there was announced by somebody else as well. */
  async remove({ path, etag }: Pick<AnnouncedUpload, 'path' | 'etag'>): Promise<void> {
    try {
      await (await this.#table()).deleteEntity(UPLOADS, announcementKey(uploadId(path, etag)));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
