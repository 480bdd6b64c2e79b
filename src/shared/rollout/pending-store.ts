import type { TransactionAction } from '@azure/data-tables';
import { type LedgerTable, TableAccess, type TableRow } from '../azure/table-access.ts';
import { TableUnavailableError } from '../azure/table-faults.ts';
import { encodeKeyPart, quoted } from '../azure/table-keys.ts';
import type { ConnectedDevice } from './device-connections.ts';
import type { PendingListing, PendingPage } from './pending-listing.ts';

const STATE = 'state';
/**
 * A property holds 32,768 characters (documented); an entry takes 300 at most. So a page of the hub is ten
 * rows, which fit into one transaction with the state.
 */
const DEVICES_A_ROW = 100;

interface StoredListing {
  readonly listing: PendingListing;
  readonly etag: string;
}

/**
 * The devices that were pending when a rollout was complete: a partition for each rollout in the table
 * `rollouts`, with the row `state` and rows `d|<restarts>|<first>` of a hundred devices at most,
 * which are counted on from `first`. All throw TableUnavailableError and TableRefusedError.
 */
export class PendingStore {
  readonly #table: () => Promise<LedgerTable>;
  /** What is whole changes no more. */
  readonly #whole = new Map<string, StoredListing>();

  constructor(table: () => Promise<LedgerTable>) {
    this.#table = table;
  }

  /** Undefined where nothing was listed yet. */
  async listingOf(rolloutId: string): Promise<StoredListing | undefined> {
    const known = this.#whole.get(rolloutId);
    if (known) return known;
    const access = new TableAccess(await this.#table());
    const row = await access.get(partitionOf(rolloutId), STATE);
    if (row === undefined) return undefined;
    const stored = { listing: fromRow(row), etag: row.etag };
    if (stored.listing.determinedAt !== undefined) this.#whole.set(rolloutId, stored);
    return stored;
  }

  /**
   * Adds a page to the list, all of it or nothing. False where somebody else was quicker.
   * @param etag of the listing that the page follows; absent where there was none
   */
  async add(
    rolloutId: string,
    { listing, first, devices }: PendingPage,
    etag: string | undefined,
  ): Promise<boolean> {
    const partitionKey = partitionOf(rolloutId);
    const row = { partitionKey, rowKey: STATE, ...toColumns(listing) };
    const actions: TransactionAction[] = [
      etag === undefined ? ['create', row] : ['update', row, 'Replace', { etag }],
    ];
    for (let i = 0; i < devices.length; i += DEVICES_A_ROW) {
      const text = JSON.stringify(devices.slice(i, i + DEVICES_A_ROW).map(toEntry));
      actions.push(['upsert', { partitionKey, rowKey: keyOf(listing, first + i), devices: text }, 'Replace']);
    }
    const outcome = await new TableAccess(await this.#table()).submit(actions);
    if (outcome.kind === 'unknown') throw new TableUnavailableError(outcome.cause);
    return outcome.kind === 'committed';
  }

  /** Devices of the list from `from` on (0 is the first), at most `limit`: one range read. */
  async devices(
    rolloutId: string,
    listing: PendingListing,
    from: number,
    limit: number,
  ): Promise<readonly ConnectedDevice[]> {
    const until = Math.min(listing.devices, from + limit);
    if (from >= until) return [];
    // The row that holds the first one begins so many devices before it at most.
    const first = keyOf(listing, Math.max(0, from - DEVICES_A_ROW + 1));
    const range = `RowKey ge ${quoted(first)} and RowKey lt ${quoted(keyOf(listing, until))}`;
    const filter = `PartitionKey eq ${quoted(partitionOf(rolloutId))} and ${range}`;
    const rows = await new TableAccess(await this.#table()).all(filter);
    return rows.flatMap((row) => {
      const begins = Number((row.rowKey ?? '').split('|').at(-1));
      return entriesOf(row)
        .filter((_entry, i) => begins + i >= from && begins + i < until)
        .map(fromEntry);
    });
  }
}

function partitionOf(rolloutId: string): string {
  return `pending|${encodeKeyPart(rolloutId)}`;
}

/** Their text sorts as the numbers do. */
function keyOf({ restarts }: PendingListing, first: number): string {
  return `d|${restarts}|${String(first).padStart(8, '0')}`;
}

function toColumns({ determinedAt = '', ...columns }: PendingListing) {
  return { ...columns, determinedAt };
}

function fromRow(row: TableRow): PendingListing {
  const determinedAt = String(row['determinedAt']);
  return {
    determinedAt: determinedAt === '' ? undefined : determinedAt,
    continuation: String(row['continuation']),
    pages: Number(row['pages']),
    restarts: Number(row['restarts']),
    devices: Number(row['devices']),
    truncated: row['truncated'] === true,
  };
}

type Entry = readonly [
  deviceId: string,
  kind: ConnectedDevice['kind'],
  lastActivityAt: string,
  version: string,
];

function toEntry({ deviceId, kind, lastActivityAt = '', currentVersion = '' }: ConnectedDevice): Entry {
  return [deviceId, kind, lastActivityAt, currentVersion];
}

function fromEntry([deviceId, kind, lastActivityAt, version]: Entry): ConnectedDevice {
  return {
    deviceId,
    kind,
    lastActivityAt: lastActivityAt === '' ? undefined : lastActivityAt,
    currentVersion: version === '' ? undefined : version,
  };
}

function entriesOf(row: TableRow): readonly Entry[] {
  return JSON.parse(String(row['devices'])) as readonly Entry[];
}
