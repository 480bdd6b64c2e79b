import type { TableRow } from '../azure/table-access.ts';
import { type DeviceUpdate, deviceUpdateStates } from './device-update.ts';
import { holesFromText, holesToText } from './holes.ts';

/** A device update as the columns of its row, without the history: versions as `Int64`, holes as text. */
export interface DeviceColumns extends Omit<
  DeviceUpdate,
  'firstVersion' | 'lastVersion' | 'missed' | 'holes'
> {
  readonly firstVersion: bigint;
  readonly lastVersion: bigint;
  readonly missed: bigint;
  readonly holes: string;
  /** How many of the entries are columns of this row; the others are in overflow rows. */
  readonly embedded: number;
}

/** What is selected where the history is not wanted. */
export const DEVICE_COLUMNS: string[] = [
  'partitionKey',
  'rowKey',
  'state',
  'attempt',
  'since',
  'attemptSince',
  'firstSeenAt',
  'lastReportAt',
  'currentVersion',
  'reason',
  'retrying',
  'life',
  'lifeSince',
  'firstVersion',
  'lastVersion',
  'entries',
  'missed',
  'holes',
  'embedded',
];

export interface StoredDevice {
  readonly etag: string;
  readonly update: DeviceUpdate;
  readonly embedded: number;
}

/** Versions outgrow 32 bits, so they travel as `Int64`. */
export function toDeviceColumns(update: DeviceUpdate, embedded: number): DeviceColumns {
  return {
    ...update,
    firstVersion: BigInt(update.firstVersion),
    lastVersion: BigInt(update.lastVersion),
    missed: BigInt(update.missed),
    holes: holesToText(update.holes),
    embedded,
  };
}

/** Throws LedgerRowError where the row is none that this program wrote. */
export function fromDeviceRow(row: TableRow): StoredDevice {
  const text = (name: keyof DeviceColumns): string => (typeof row[name] === 'string' ? row[name] : '');
  const number = (name: keyof DeviceColumns): number => Number(row[name]);
  const state = deviceUpdateStates.find((known) => known === row['state']);
  if (state === undefined || !Number.isInteger(number('lastVersion'))) throw new LedgerRowError(row.rowKey);
  return {
    etag: row.etag,
    embedded: number('embedded'),
    update: {
      state,
      attempt: number('attempt'),
      since: text('since'),
      attemptSince: text('attemptSince'),
      firstSeenAt: text('firstSeenAt'),
      lastReportAt: text('lastReportAt'),
      currentVersion: text('currentVersion'),
      reason: text('reason'),
      retrying: row['retrying'] === true,
      life: number('life'),
      lifeSince: text('lifeSince'),
      firstVersion: number('firstVersion'),
      lastVersion: number('lastVersion'),
      entries: number('entries'),
      missed: number('missed'),
      holes: holesFromText(text('holes')),
    },
  };
}

/** Somebody else has written into the table of the ledger. */
export class LedgerRowError extends Error {
  readonly code = 'ledger-row-unreadable';

  constructor(rowKey: string | undefined) {
    super(`The row ${rowKey ?? ''} of the table deviceupdates is not one of the ledger`);
    this.name = 'LedgerRowError';
  }
}
