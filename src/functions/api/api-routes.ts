import type { Admission } from '../../shared/firmware/admission.ts';
import type { DropBox } from '../../shared/firmware/drop-box.ts';
import type { ReleaseStore } from '../../shared/firmware/release-store.ts';
import type { UploadStore } from '../../shared/firmware/upload-store.ts';
import type { Route } from '../../shared/http/route.ts';
import type { ControlParts } from '../../shared/rollout/control.ts';
import type { CountSeriesStore } from '../../shared/rollout/count-series-store.ts';
import type { PendingStore } from '../../shared/rollout/pending-store.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { StuckConnections } from '../../shared/rollout/stuck-connections.ts';
import type { DeadLetterStore } from '../../shared/status/dead-letter-store.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import type { RecountStore } from '../../shared/status/recount-store.ts';
import { type DeadLetterParts, deadLetterRoutes } from './dead-letters.ts';
import { deviceExportRoutes } from './device-export.ts';
import { deviceRoutes } from './devices.ts';
import { type DiagnosisParts, diagnosisRoutes } from './diagnosis.ts';
import { docsRoutes } from './docs-page.ts';
import { documentRoutes } from './document.ts';
import { dryRunRoutes } from './dry-run.ts';
import { healthRoutes, type Probes } from './health.ts';
import { type MetricsParts, metricsRoutes } from './metrics.ts';
import { refusalRoutes } from './refusals.ts';
import { pendingDeviceRoutes } from './pending-devices.ts';
import { releaseRoutes } from './releases.ts';
import { rolloutCountsRoutes } from './rollout-counts.ts';
import { rolloutControlRoutes } from './rollout-control.ts';
import { rolloutDeviceRoutes } from './rollout-devices.ts';
import { rolloutFailuresRoutes } from './rollout-failures.ts';
import { rolloutJournalRoutes } from './rollout-journal.ts';
import { rolloutRevertRoutes } from './rollout-revert.ts';
import { rolloutRoutes } from './rollouts.ts';
import { uploadRoutes } from './uploads.ts';
import { type WebhookParts, webhookRoutes } from './webhooks.ts';

/** What the API stands on. */
export interface ApiParts {
  readonly rollouts: RolloutStore;
  readonly releases: ReleaseStore;
  readonly uploads: UploadStore;
  readonly dropBox: DropBox;
  /** Opened at first use. */
  readonly ledger: () => Promise<LedgerReads>;
  readonly recounts: RecountStore;
  readonly countSeries: CountSeriesStore;
  readonly connections: StuckConnections;
  readonly pending: PendingStore;
  readonly deadLetters: DeadLetterStore;
  readonly replays: DeadLetterParts['replays'];
  readonly webhooks: WebhookParts['webhooks'];
  /** What steers rollouts. */
  readonly steering: ControlParts;
  readonly admission: Admission;
  readonly probes: Probes;
  readonly ingestLag: MetricsParts['ingestLag'];
  readonly diagnosis: DiagnosisParts['diagnosis'];
  readonly now: () => Date;
  /** Where the files of swagger-ui-dist are; ends with `/`. */
  readonly docsDirectory: URL;
}

/** Every route of the API, in the order of its document. */
export function apiRoutes(parts: ApiParts): Route[] {
  const routes = [
    ...rolloutRoutes(parts),
    ...rolloutControlRoutes(parts),
    ...rolloutRevertRoutes(parts),
    ...dryRunRoutes(parts),
    ...rolloutJournalRoutes(parts.rollouts),
    ...rolloutCountsRoutes(parts),
    ...rolloutFailuresRoutes(parts),
    ...rolloutDeviceRoutes(parts),
    ...deviceExportRoutes(parts),
    ...pendingDeviceRoutes(parts),
    ...deviceRoutes(parts),
    ...releaseRoutes(parts.releases),
    ...uploadRoutes(parts),
    ...refusalRoutes(parts.uploads),
    ...deadLetterRoutes(parts),
    ...webhookRoutes(parts),
    ...healthRoutes(parts.probes),
    ...diagnosisRoutes(parts),
    ...metricsRoutes(parts),
    ...docsRoutes(parts.docsDirectory),
  ];
  return [...routes, ...documentRoutes(routes)];
}
