import type { TableClient, TableEntityResult, TransactionAction } from '@azure/data-tables';
import { rowOf } from '../azure/guarded-row.ts';
import { isConflict, isNotFound } from '../azure/storage-error.ts';
import type { Release } from './release.ts';
import { descendingVersionKey } from './version.ts';

/** The row that serialises admissions of one device type; sorts before every release. */
const HEAD = '!head';

/** Releases of one device type at one moment. */
export interface ReleasesOfType {
  /** The highest version first. */
  readonly releases: readonly Release[];
  /** Changes with every release of the type; `undefined` before the first. */
  readonly headEtag: string | undefined;
}

export interface ReleasePageQuery {
  readonly deviceType?: string | undefined;
  readonly limit: number;
  readonly after?: Pick<Release, 'deviceType' | 'version'> | undefined;
}

/**
 * Releases in the table `releases`: one partition for each device type, the highest version first. A
 * head row is changed together with each new release, so that of two admissions that decided on the
 * same releases only one succeeds.
 */
export class ReleaseStore {
  readonly #table: () => Promise<TableClient>;

  constructor(table: () => Promise<TableClient>) {
    this.#table = table;
  }

  async ofDeviceType(deviceType: string): Promise<ReleasesOfType> {
    const table = await this.#table();
    const filter = `PartitionKey eq '${partition(deviceType)}'`;
    const releases: Release[] = [];
    let headEtag: string | undefined;
    for await (const row of table.listEntities<ReleaseRow>({ queryOptions: { filter } })) {
      if (row.rowKey === HEAD) headEtag = row.etag;
      else releases.push(fromRow(row));
    }
    return { releases, headEtag };
  }

  async get(deviceType: string, version: string): Promise<Release | undefined> {
    const key = descendingVersionKey(version);
    const row = await rowOf<ReleaseRow>(await this.#table(), partition(deviceType), key);
    return row && fromRow(row);
  }

  /**
   * A page of the releases of all device types, or of one: by device type, the highest version first.
   * `after` is the last release of the page before.
   */
  async page(query: ReleasePageQuery): Promise<{ releases: readonly Release[]; isLast: boolean }> {
    const table = await this.#table();
    const releases: Release[] = [];
    const pages = table
      .listEntities<ReleaseRow>({ queryOptions: { filter: pageFilter(query) } })
      .byPage({ maxPageSize: Math.min(query.limit + 2, 1000) });
    for await (const rows of pages) {
      releases.push(...rows.filter((row) => row.rowKey !== HEAD).map(fromRow));
      if (releases.length > query.limit) break;
    }
    return { releases: releases.slice(0, query.limit), isLast: releases.length <= query.limit };
  }

  /** Adds the release unless another one of its type was added or removed since `seen` was read. */
  async claim(release: Release, seen: ReleasesOfType): Promise<'claimed' | 'overtaken'> {
    const partitionKey = partition(release.deviceType);
    const head = { partitionKey, rowKey: HEAD };
    const actions: TransactionAction[] = [
      seen.headEtag === undefined ? ['create', head] : ['update', head, 'Replace', { etag: seen.headEtag }],
      ['create', { partitionKey, rowKey: descendingVersionKey(release.version), ...toRow(release) }],
    ];
    try {
      await (await this.#table()).submitTransaction(actions);
      return 'claimed';
    } catch (error) {
      if (isConflict(error)) return 'overtaken';
      throw error;
    }
  }

  /** Takes back a release that the hub has refused. An absent one counts as removed. */
  async remove(release: Release): Promise<void> {
    const partitionKey = partition(release.deviceType);
    try {
      await (
        await this.#table()
      ).submitTransaction([
        ['delete', { partitionKey, rowKey: descendingVersionKey(release.version) }],
        // The head changes too: who has decided against this release decides anew.
        ['upsert', { partitionKey, rowKey: HEAD }, 'Replace'],
      ]);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function pageFilter({ deviceType, after }: ReleasePageQuery): string {
  const ofType = deviceType === undefined ? '' : `PartitionKey eq '${partition(deviceType)}'`;
  if (after === undefined) return ofType;
  const type = partition(after.deviceType);
  const key = descendingVersionKey(after.version);
  const behind = `(PartitionKey gt '${type}' or (PartitionKey eq '${type}' and RowKey gt '${key}'))`;
  return ofType === '' ? behind : `${ofType} and ${behind}`;
}

interface ReleaseRow {
  deviceType: string;
  version: string;
  size: number;
  crc16: number;
  sha256: string;
  blobPath: string;
  url: string;
  rolloutId: string;
  targetCondition: string;
  sourcePath: string;
  sourceEtag: string;
  createdAt: string;
}

/** Device types are letters, digits, `-` and `_`: no character needs escaping in a key or a filter. */
function partition(deviceType: string): string {
  return deviceType.toLowerCase();
}

function toRow({ source, ...columns }: Release): ReleaseRow {
  return { ...columns, sourcePath: source.path, sourceEtag: source.etag };
}

function fromRow(row: TableEntityResult<ReleaseRow>): Release {
  return {
    deviceType: row.deviceType,
    version: row.version,
    size: row.size,
    crc16: row.crc16,
    sha256: row.sha256,
    blobPath: row.blobPath,
    url: row.url,
    rolloutId: row.rolloutId,
    targetCondition: row.targetCondition,
    source: { path: row.sourcePath, etag: row.sourceEtag },
    createdAt: row.createdAt,
  };
}
