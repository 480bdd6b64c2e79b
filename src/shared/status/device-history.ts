import type { DeviceUpdate, HistoryEntry } from './device-update.ts';

/** A device update as it is served. Times are RFC 3339, UTC. */
export interface DeviceUpdateSummary {
  readonly deviceId: string;
  readonly rolloutId: string;
  readonly state: DeviceUpdate['state'];
  readonly attempt: number;
  /** Since when the state holds, and since when the attempt runs. */
  readonly since: string;
  readonly attemptSince: string;
  readonly firstSeenAt: string;
  readonly lastReportAt: string;
  /** What the device runs, as far as it said. */
  readonly currentVersion?: string;
  /** Why the newest attempt failed. */
  readonly reason?: string;
  /** `$version` of the newest report that was applied. */
  readonly reportedVersion: number;
  /** Changes of reported properties of which no report came: merged by the hub, lost, or of other properties. */
  readonly missed: number;
}

/** One report of the history, with the hole before it. */
export interface HistoryItem extends HistoryEntry {
  /** How many versions lie between this report and the one before it. */
  readonly gap: number;
}

export interface DeviceUpdateDetail extends DeviceUpdateSummary {
  /** Oldest first. */
  readonly history: readonly HistoryItem[];
}

export function summaryOf(rolloutId: string, deviceId: string, update: DeviceUpdate): DeviceUpdateSummary {
  return {
    deviceId,
    rolloutId,
    state: update.state,
    attempt: update.attempt,
    since: update.since,
    attemptSince: update.attemptSince,
    firstSeenAt: update.firstSeenAt,
    lastReportAt: update.lastReportAt,
    ...(update.currentVersion !== '' && { currentVersion: update.currentVersion }),
    ...(update.reason !== '' && { reason: update.reason }),
    reportedVersion: update.lastVersion,
    missed: update.missed,
  };
}

/** The entries in the order of what happened, each with the hole before it. */
export function historyOf(entries: readonly HistoryEntry[]): readonly HistoryItem[] {
  const sorted = entries.toSorted((a, b) => a.life - b.life || a.version - b.version);
  return sorted.map((entry, i) => {
    const before = sorted[i - 1];
    const continues = before !== undefined && before.life === entry.life;
    return { ...entry, gap: continues ? entry.version - before.version - 1 : 0 };
  });
}
