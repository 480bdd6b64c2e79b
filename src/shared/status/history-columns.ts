import type { HistoryEntry } from './device-update.ts';

/** `h<life>_<version>`: sorts in the order of what happened; a legal name of a table property. */
const COLUMN = /^h\d{3}_\d{10}$/;

/**
 * How many entries a device row holds at most. A row may have 252 properties and 1 MiB; 200 entries of
 * the largest kind are under 0.6 MiB.
 */
export const EMBEDDED_MAX = 200;
/** How many stay in the row when the rest moves to a row of its own. */
const EMBEDDED_AFTER_OVERFLOW = 100;

export type HistoryColumns = Record<string, string>;

export function historyColumn(entry: Pick<HistoryEntry, 'life' | 'version'>): string {
  return `h${String(entry.life).padStart(3, '0')}_${String(entry.version).padStart(10, '0')}`;
}

/** The entries as properties of a row. */
export function toColumns(entries: readonly HistoryEntry[]): HistoryColumns {
  return Object.fromEntries(
    entries.map((entry) => {
      const { life: _inName, version: _inNameToo, ...rest } = entry;
      return [historyColumn(entry), JSON.stringify(rest)];
    }),
  );
}

/** The history that a row holds, oldest first. */
export function fromColumns(row: Readonly<Record<string, unknown>>): readonly HistoryEntry[] {
  return Object.keys(row)
    .filter((name) => COLUMN.test(name))
    .toSorted()
    .map((name) => ({
      life: Number(name.slice(1, 4)),
      version: Number(name.slice(5)),
      ...(JSON.parse(String(row[name])) as Omit<HistoryEntry, 'life' | 'version'>),
    }));
}

export interface SplitHistory {
  readonly embedded: readonly HistoryEntry[];
  /** Oldest first, each for one row; never empty ones. */
  readonly overflow: readonly (readonly HistoryEntry[])[];
}

/** Cuts a history that has outgrown its row: the newest entries stay, the others leave in blocks. */
export function splitHistory(entries: readonly HistoryEntry[]): SplitHistory {
  const sorted = [...entries].toSorted((a, b) => a.life - b.life || a.version - b.version);
  const leaving = sorted.slice(0, Math.max(0, sorted.length - EMBEDDED_AFTER_OVERFLOW));
  const overflow: HistoryEntry[][] = [];
  for (let i = 0; i < leaving.length; i += EMBEDDED_MAX) overflow.push(leaving.slice(i, i + EMBEDDED_MAX));
  return { embedded: sorted.slice(leaving.length), overflow };
}
