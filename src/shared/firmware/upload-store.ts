import type { TableClient, TableEntityResult, TransactionAction } from '@azure/data-tables';
import { type Announcements, nobody } from '../announcements.ts';
import { rowOf } from '../azure/guarded-row.ts';
import { newestFirst, prefixFilter } from '../azure/table-keys.ts';
import type { Forecast } from '../rollout/forecast.ts';
import { forecastFromText, forecastText } from '../rollout/forecast-text.ts';
import type { Refusal, RefusalCode } from './refusal.ts';
import { type Upload, uploadId } from './upload.ts';

/** What became of an upload. It is final for (path, etag): a changed file is another upload. */
export type UploadOutcome =
  | { readonly kind: 'admitted'; readonly rolloutId: string; readonly releasedNow: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Checked as asked for, and nothing released. A list of uploads leaves the forecast out. */
  | { readonly kind: 'dry-run'; readonly wouldRelease: boolean; readonly forecast?: Forecast };

/** An upload whose outcome is known, as it is listed. */
export interface ListedUpload extends Omit<Upload, 'metadata'> {
  readonly outcome: UploadOutcome;
}

/** A refused upload as it is listed. */
export interface RefusedUpload extends Refusal {
  readonly id: string;
  readonly path: string;
  readonly etag: string;
  readonly size: number;
  /** RFC 3339, UTC. */
  readonly uploadedAt: string;
  /** RFC 3339, UTC. */
  readonly refusedAt: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent on the last page. */
  readonly continuation: string | undefined;
}

/** The partition of all outcomes, and of what is still to be announced of them. */
export const UPLOADS = 'upload';
/** Ids are hex digits, so no outcome has such a key. */
export const announcementKey = (id: string) => `o|${id}`;
/** A second row of each outcome, by the time of the upload; its key goes on as that of a refusal. */
const LISTED = 'n|';
const REFUSALS = 'refusal';
/** Outcomes of uploads (table `uploads`, by id) and refusals (table `refusals`, newest first). */
export class UploadStore {
  readonly #uploads: () => Promise<TableClient>;
  readonly #refusals: () => Promise<TableClient>;
  readonly #announcements: Announcements;

  constructor(
    tables: { uploads: () => Promise<TableClient>; refusals: () => Promise<TableClient> },
    announcements: Announcements = nobody,
  ) {
    this.#uploads = tables.uploads;
    this.#refusals = tables.refusals;
    this.#announcements = announcements;
  }

  async outcome(path: string, etag: string): Promise<UploadOutcome | undefined> {
    const row = await rowOf<OutcomeRow>(await this.#uploads(), UPLOADS, uploadId(path, etag));
    return row && outcomeOf(row);
  }

  /**
   * Records the outcome, in one transaction with what makes sure that it is announced where somebody wants to
   * hear of it, and with its entry in the list. The refusal's own row comes first, so that no refusal is
   * final but unseen.
   */
  async record(upload: Upload, outcome: UploadOutcome, now: Date): Promise<void> {
    if (outcome.kind === 'refused') await this.#recordRefusal(upload, outcome.refusal, now);
    const row = {
      path: upload.path,
      etagOfBlob: upload.etag,
      size: upload.size,
      uploadedAt: upload.uploadedAt,
      recordedAt: now.toISOString(),
      ...outcomeRow(outcome),
    };
    const id = uploadId(upload.path, upload.etag);
    const actions: TransactionAction[] = [
      ['upsert', { partitionKey: UPLOADS, rowKey: id, ...row, ...forecastRow(outcome) }, 'Replace'],
      ['upsert', { partitionKey: UPLOADS, rowKey: LISTED + keyByTime(upload), ...row }, 'Replace'],
    ];
    const isAnnounced = this.#announcements.wants(`upload.${outcome.kind}`);
    if (isAnnounced) {
      actions.push(['upsert', { partitionKey: UPLOADS, rowKey: announcementKey(id), ...row }, 'Replace']);
    }
    await (await this.#uploads()).submitTransaction(actions);
    if (isAnnounced) this.#announcements.noted();
  }

  async #recordRefusal(upload: Upload, reason: Refusal, now: Date): Promise<void> {
    const row: RefusalRow = {
      path: upload.path,
      etagOfBlob: upload.etag,
      size: upload.size,
      uploadedAt: upload.uploadedAt,
      refusedAt: now.toISOString(),
      code: reason.code,
      message: reason.message,
    };
    await (
      await this.#refusals()
    ).upsertEntity({ partitionKey: REFUSALS, rowKey: keyByTime(upload), ...row }, 'Replace');
  }

  /** Uploads whose outcome is known, the newest first. `continuation` is one that a page before gave. */
  async page(limit: number, continuation: string | undefined): Promise<Page<ListedUpload>> {
    const filter = prefixFilter(UPLOADS, LISTED, LISTED + (continuation ?? ''));
    const { rows, isLast } = await firstRows<ListedRow>(await this.#uploads(), filter, limit);
    return {
      items: rows.map(listedUpload),
      continuation: isLast ? undefined : rows.at(-1)?.rowKey?.slice(LISTED.length),
    };
  }

  /** Refusals, the newest upload first. `continuation` is one that a page before gave. */
  async refusals(limit: number, continuation: string | undefined): Promise<Page<RefusedUpload>> {
    // A row key holds digits, hex and `-` only; the caller has checked the cursor against that.
    const after = continuation === undefined ? '' : ` and RowKey gt '${continuation}'`;
    const filter = `PartitionKey eq '${REFUSALS}'${after}`;
    const { rows, isLast } = await firstRows<RefusalRow>(await this.#refusals(), filter, limit);
    return { items: rows.map(refusedUpload), continuation: isLast ? undefined : rows.at(-1)?.rowKey };
  }
}

/** The first rows of a query: one read, where the service gives what it is asked for. */
async function firstRows<Row extends object>(
  table: TableClient,
  filter: string,
  limit: number,
): Promise<{ readonly rows: readonly TableEntityResult<Row>[]; readonly isLast: boolean }> {
  const rows: TableEntityResult<Row>[] = [];
  const pages = table.listEntities<Row>({ queryOptions: { filter } }).byPage({ maxPageSize: limit + 1 });
  for await (const page of pages) {
    rows.push(...page);
    if (rows.length > limit) break;
  }
  return { rows: rows.slice(0, limit), isLast: rows.length <= limit };
}

/** What a continuation of `page` and of `refusals` looks like. */
export const uploadCursor = /^\d{14}-[0-9a-f]{32}$/;

/** A key that sorts by the time of the upload, the newest first; the same for the same upload. */
function keyByTime(upload: Upload): string {
  return `${newestFirst(upload.uploadedAt)}-${uploadId(upload.path, upload.etag)}`;
}

/** Columns of an outcome. */
export interface OutcomeRow {
  outcome: string;
  rolloutId?: string;
  releasedNow?: boolean;
  code?: string;
  message?: string;
  forecast?: string;
}

interface ListedRow extends OutcomeRow {
  path: string;
  etagOfBlob: string;
  size: number;
  uploadedAt: string;
}

interface RefusalRow {
  path: string;
  etagOfBlob: string;
  size: number;
  uploadedAt: string;
  refusedAt: string;
  code: RefusalCode;
  message: string;
}

function outcomeRow(outcome: UploadOutcome): OutcomeRow {
  switch (outcome.kind) {
    case 'admitted':
      return { outcome: outcome.kind, rolloutId: outcome.rolloutId, releasedNow: outcome.releasedNow };
    case 'refused':
      return { outcome: outcome.kind, ...outcome.refusal };
    case 'dry-run':
      return { outcome: outcome.kind, releasedNow: outcome.wouldRelease };
  }
}

function forecastRow(outcome: UploadOutcome): Pick<OutcomeRow, 'forecast'> {
  const forecast = outcome.kind === 'dry-run' ? outcome.forecast : undefined;
  return forecast === undefined ? {} : { forecast: forecastText(forecast) };
}

export function outcomeOf(row: OutcomeRow): UploadOutcome {
  switch (row.outcome) {
    case 'admitted':
      return { kind: 'admitted', rolloutId: row.rolloutId ?? '', releasedNow: row.releasedNow ?? false };
    case 'dry-run':
      return {
        kind: 'dry-run',
        wouldRelease: row.releasedNow ?? false,
        ...(row.forecast !== undefined && { forecast: forecastFromText(row.forecast) }),
      };
    default:
      return { kind: 'refused', refusal: { code: row.code as RefusalCode, message: row.message ?? '' } };
  }
}

function listedUpload(row: TableEntityResult<ListedRow>): ListedUpload {
  const { path, etagOfBlob: etag, size, uploadedAt } = row;
  return { path, etag, size, uploadedAt, outcome: outcomeOf(row) };
}

function refusedUpload(row: TableEntityResult<RefusalRow>): RefusedUpload {
  return {
    id: row.rowKey ?? '',
    path: row.path,
    etag: row.etagOfBlob,
    size: row.size,
    uploadedAt: row.uploadedAt,
    refusedAt: row.refusedAt,
    code: row.code,
    message: row.message,
  };
}
