import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { app } from '@azure/functions';
import { azureClients, tableNames } from '../shared/azure/clients.ts';
import type { LedgerTable } from '../shared/azure/table-access.ts';
import type { Admission } from '../shared/firmware/admission.ts';
import { deviceProfile } from '../shared/firmware/device-profile.ts';
import { downloadQuery } from '../shared/firmware/download-query.ts';
import { DropBox } from '../shared/firmware/drop-box.ts';
import { ReleaseBlobs } from '../shared/firmware/release-blobs.ts';
import { ReleaseStore } from '../shared/firmware/release-store.ts';
import { UploadStore } from '../shared/firmware/upload-store.ts';
import { registerApi } from '../shared/http/register.ts';
import { BucketTags } from '../shared/rollout/bucket-tags.ts';
import { CountSeriesStore } from '../shared/rollout/count-series-store.ts';
import { DeviceConnections } from '../shared/rollout/device-connections.ts';
import { FleetQueries } from '../shared/rollout/fleet-queries.ts';
import { HubConfigurations } from '../shared/rollout/hub-configurations.ts';
import { HubQueryBudget } from '../shared/rollout/hub-query-budget.ts';
import { PendingStore } from '../shared/rollout/pending-store.ts';
import { RolloutStore } from '../shared/rollout/rollout-store.ts';
import { StuckConnections } from '../shared/rollout/stuck-connections.ts';
import { installationOf } from '../shared/installation.ts';
import { deviceNameFor } from '../shared/log-device.ts';
import { connectionNames, hubHostName, readSettings, type Settings } from '../shared/settings.ts';
import { DeadLetterStore } from '../shared/status/dead-letter-store.ts';
import type { DeviceEndOutbox } from '../shared/status/device-end-outbox.ts';
import type { EventArrivals } from '../shared/status/event-arrivals.ts';
import type { IngestLag } from '../shared/status/ingest-lag.ts';
import type { Ledger } from '../shared/status/ledger.ts';
import type { LedgerReads } from '../shared/status/ledger-reads.ts';
import { RecountStore } from '../shared/status/recount-store.ts';
import { OutboxNews } from '../shared/webhooks/outbox-news.ts';
import type { WebhookSettings } from '../shared/webhooks/webhook-settings.ts';
import type { Webhooks } from '../shared/webhooks/webhooks.ts';
import { apiRoutes } from './api/api-routes.ts';
import { registerDashboard } from './dashboard.ts';
import { registerFirmwareUploaded } from './firmware-uploaded.ts';
import { registerDevicesTagged } from './devices-tagged.ts';
import { registerLedgerRecounted } from './ledger-recounted.ts';
import { registerReleaseDownloaded } from './release-downloaded.ts';
import { registerRolloutsJudged } from './rollouts-judged.ts';
import { registerTelemetry } from './telemetry.ts';
import { registerTwinsChanged } from './twins-changed.ts';
import { registerUploadsSwept } from './uploads-swept.ts';
import { registerWebhookDelivered } from './webhook-delivered.ts';
import { registerWebhooksPublished } from './webhooks-published.ts';

// Empty event bodies stay in their place: without this the host drops them, and events no longer line
// up with their metadata.
app.setup({ capabilities: { IncludeEmptyEntriesInMessagePayload: true } });

// Needs no setting, and comes before those are read: a worker tells its host of an app that fails to start only
// where a function is registered by then; without one the app would look empty instead of wrong.
registerDashboard(new URL('./dashboard/', import.meta.url));

const settings = readSettings(process.env);
const now = () => new Date();
const measure = registerTelemetry(settings.telemetry.otlpEndpoint);
const clients = azureClients(settings, (outcome) => measure('ota.hub.requests', 1, { outcome }));
const table = (name: (typeof tableNames)[keyof typeof tableNames]) => () => clients.table(name);

const dropBox = new DropBox(() => clients.container(settings.firmware.container));
const releaseBlobs = new ReleaseBlobs(
  () => clients.container(settings.releases.container),
  settings.releases.downloadBaseUrl,
);
const news = settings.webhooks && new OutboxNews(settings.webhooks.events);
const uploads = new UploadStore(
  { uploads: table(tableNames.uploads), refusals: table(tableNames.refusals) },
  news,
);
const releases = new ReleaseStore(table(tableNames.releases));
const rollouts = new RolloutStore(table(tableNames.rollouts), now, news);
const configurations = new HubConfigurations(() => clients.registry());
const fleet = new FleetQueries(() => clients.registry());
const tags = new BucketTags({
  table: table(tableNames.rollouts),
  registry: () => clients.registry(),
  fleet,
  updatesPerSecond: settings.rollouts.twinUpdatesPerSecond,
  now,
  wait: (milliseconds) => setTimeout(milliseconds),
});

const admission: Admission = {
  dropBox,
  releaseBlobs,
  releases,
  rollouts,
  configurations,
  uploads,
  fleet,
  tags,
  limits: settings.hubLimits,
  now,
  policy: {
    defaultDeviceType: settings.firmware.defaultDeviceType,
    defaultPlan: settings.rollouts.defaultPlan,
    profileOf: (type) => deviceProfile(settings.firmware.profiles.get(type.toLowerCase()) ?? 'iotdevkit'),
    shards: settings.twinEvents.partitions,
    downloadQuery: (blobPath) => downloadQuery(settings.releases, blobPath),
  },
};

const webhooks = settings.webhooks && news && registerWebhooks(settings, settings.webhooks, news);

const ledger = once(async () => openLedger(await clients.table(tableNames.deadLetters)));
const ledgerReads = once(async (): Promise<LedgerReads> => {
  const { LedgerReads: Reads } = await import('../shared/status/ledger-reads.ts');
  return new Reads(await clients.table(tableNames.deviceUpdates));
});
const recounts = new RecountStore(table(tableNames.rollouts));
const countSeries = new CountSeriesStore(table(tableNames.rollouts));
const connections = new StuckConnections(table(tableNames.rollouts));
const pending = new PendingStore(table(tableNames.rollouts));
const deadLetters = new DeadLetterStore(table(tableNames.deadLetters));
const replays = once(async () => {
  const { DeadLetterReplay, keptElsewhere } = await import('../shared/status/dead-letter-replay.ts');
  return new DeadLetterReplay({
    letters: deadLetters,
    openLedger: () => openLedger(keptElsewhere),
    instance: randomUUID(),
  });
});

registerFirmwareUploaded(settings, () => admission, measure);
registerUploadsSwept(settings, () => admission, measure);
if (settings.releases.downloadTokenKey !== undefined)
  registerReleaseDownloaded(settings.releases.downloadTokenKey, releaseBlobs);
registerTwinsChanged({
  eventHubName: settings.twinEvents.eventHub,
  connection: connectionNames.twinEvents,
  consumerGroup: settings.twinEvents.consumerGroup,
  ledger,
  tagNewDevices: async (deviceIds) => tags.tagNew(deviceIds),
  deviceName: deviceNameFor(settings.telemetry.deviceIds),
  measure,
});
registerRolloutsJudged(
  settings,
  () => ({ rollouts, configurations, fleet, tags, ledger: ledgerReads, countSeries }),
  () => ({
    ledger: ledgerReads,
    connections: new DeviceConnections(() => clients.registry()),
    known: connections,
    pending,
    budget: new HubQueryBudget(table(tableNames.rollouts), now),
  }),
  measure,
);
registerDevicesTagged(settings, () => tags);
registerLedgerRecounted(settings, () => ({ rollouts, recounts, updates: table(tableNames.deviceUpdates) }));
registerApi(
  apiRoutes({
    rollouts,
    releases,
    uploads,
    dropBox,
    ledger: ledgerReads,
    recounts,
    countSeries,
    connections,
    pending,
    deadLetters,
    replays,
    webhooks: webhooks && (async () => (await webhooks()).desk),
    now,
    steering: { rollouts, configurations, fleet, now },
    admission,
    probes: {
      tables: table(tableNames.rollouts),
      firmwareContainer: () =>
        clients.container(settings.firmware.container).then((box) => box.getProperties()),
      releasesContainer: () =>
        clients.container(settings.releases.container).then((box) => box.getProperties()),
      iotHub: () => configurations.ping(),
      twinEvents: async () => ({ lag: (await ingestLag()).events }),
    },
    ingestLag,
    diagnosis: { events, tags, configurations, installation: installationOf(settings) },
    docsDirectory: new URL('./api-docs/', import.meta.url),
  }),
  { auth: settings.api.auth, newId: randomUUID },
);

/** Opened at first use and kept; a failure is not kept. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

/** How many twin changes are not yet recorded. */
async function ingestLag(): Promise<IngestLag> {
  const { CHECKPOINTS, ingestLag: readLag } = await import('../shared/status/ingest-lag.ts');
  return readLag({
    eventHub: () => clients.eventHub(),
    consumerGroup: settings.twinEvents.consumerGroup,
    checkpoints: () => clients.hostContainer(CHECKPOINTS),
  });
}

/** What arrives in the event hub. */
async function events(): Promise<EventArrivals> {
  const { eventArrivals } = await import('../shared/status/event-arrivals.ts');
  return eventArrivals(await clients.eventHub());
}

async function openLedger(letters: LedgerTable): Promise<Ledger> {
  const { Ledger: TheLedger } = await import('../shared/status/ledger.ts');
  const updates = await clients.table(tableNames.deviceUpdates);
  const { defaultDeviceType } = settings.firmware;
  const ends = await deviceEnds();
  return new TheLedger({ updates, deadLetters: letters, directory: rollouts, defaultDeviceType, ends });
}

/** Absent where nobody wants to hear of devices that fail or revert. */
async function deviceEnds(): Promise<DeviceEndOutbox | undefined> {
  const isWanted = news?.wants('device.failed') || news?.wants('device.reverted');
  return isWanted ? (await webhooks?.())?.ends : undefined;
}

/** Sends events to the addresses that are set. */
function registerWebhooks(
  { iotHub, rollouts: { judgeSchedule } }: Settings,
  webhookSettings: WebhookSettings,
  outboxNews: OutboxNews,
): () => Promise<Webhooks> {
  const open = once(async () => {
    const { openWebhooks } = await import('../shared/webhooks/webhooks.ts');
    return openWebhooks({
      settings: webhookSettings,
      hubHostName: hubHostName(iotHub.connection),
      queue: (name) => clients.queue(name),
      tables: {
        rollouts: table(tableNames.rollouts),
        uploads: table(tableNames.uploads),
        webhooks: table(tableNames.webhooks),
      },
      rollouts,
      now,
      random: Math.random,
      newId: randomUUID,
    });
  });
  registerWebhookDelivered(webhookSettings.endpoints, open, measure);
  registerWebhooksPublished(judgeSchedule, outboxNews, open);
  return open;
}
