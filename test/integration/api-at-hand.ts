import { TableClient } from '@azure/data-tables';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { type ApiParts, apiRoutes } from '../../src/functions/api/api-routes.ts';
import { type TableName, tableNames } from '../../src/shared/azure/clients.ts';
import type { LedgerTable } from '../../src/shared/azure/table-access.ts';
import { DropBox } from '../../src/shared/firmware/drop-box.ts';
import { ReleaseStore } from '../../src/shared/firmware/release-store.ts';
import { UploadStore } from '../../src/shared/firmware/upload-store.ts';
import { CountSeriesStore } from '../../src/shared/rollout/count-series-store.ts';
import { builtInPlans } from '../../src/shared/rollout/built-in-plans.ts';
import type { Rollout } from '../../src/shared/rollout/rollout.ts';
import { startPosition } from '../../src/shared/rollout/opening.ts';
import { PendingStore } from '../../src/shared/rollout/pending-store.ts';
import { RolloutStore } from '../../src/shared/rollout/rollout-store.ts';
import { StuckConnections } from '../../src/shared/rollout/stuck-connections.ts';
import { DeadLetterReplay, keptElsewhere } from '../../src/shared/status/dead-letter-replay.ts';
import { DeadLetterStore } from '../../src/shared/status/dead-letter-store.ts';
import { eventPartition } from '../../src/shared/status/event-partition.ts';
import { Ledger } from '../../src/shared/status/ledger.ts';
import { LedgerReads, type RolloutCounts } from '../../src/shared/status/ledger-reads.ts';
import { recountInTurn } from '../../src/shared/status/recount-run.ts';
import { RecountStore } from '../../src/shared/status/recount-store.ts';
import type { RawTwinEvent } from '../../src/shared/status/twin-change.ts';
import { endpointOf } from '../../src/shared/webhooks/endpoint.ts';
import { openWebhooks } from '../../src/shared/webhooks/webhooks.ts';
import { InProcessApi } from '../unit/http/in-process-api.ts';
import { absentHub, diagnosisAtHand } from './diagnosis-at-hand.ts';

const PARTITIONS = 4;
const STREAM = 'ns.servicebus.windows.net/twins';
const DEVICE_TYPE = 'IoTDevKit';

/** What a device reports of its firmware. */
export interface Report {
  readonly version: number;
  readonly status: string;
  readonly substatus?: string;
  readonly current?: string;
  readonly pending?: string;
}

/** The API over the real stores on Azurite, with what a test puts into them. */
export class ApiAtHand {
  readonly api: InProcessApi;
  readonly azurite: RunningAzurite;
  readonly rollouts: RolloutStore;
  readonly releases: ReleaseStore;
  readonly uploads: UploadStore;
  /** What the hub said of stuck devices. */
  readonly connections: StuckConnections;
  readonly pending: PendingStore;
  readonly ledgerReads: LedgerReads;
  readonly diagnosis;
  /** The container that images are dropped into. */
  readonly firmware: ContainerClient;
  /** The time that the API goes by. */
  now = new Date('2026-03-02T12:00:00Z');
  /** What the Event Hub says of it; there is none here. */
  ingestLag: ApiParts['ingestLag'] = async () => ({ events: 0, partitions: { 0: 0 }, recorded: { 0: 0 } });
  /** What arrives in the event hub; there is none here. */
  events: ApiParts['diagnosis']['events'] = async () => ({ partitions: PARTITIONS });
  readonly #tables: Record<TableName, TableClient>;
  #sequence = 0;

  /** `recorded` stands for the table of device updates, where Azurite would take too long to hold them. */
  static async start(recorded?: LedgerTable): Promise<ApiAtHand> {
    const azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
    const names = Object.values(tableNames);
    const opened = names.map((name) =>
      TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true }),
    );
    await Promise.all(opened.map((table) => table.createTable()));
    const tables = Object.fromEntries(names.map((name, i) => [name, opened[i]]));
    const blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const firmware = blobs.getContainerClient('firmware');
    await firmware.create();
    return new ApiAtHand(azurite, tables as Record<TableName, TableClient>, firmware, recorded);
  }

  private constructor(
    azurite: RunningAzurite,
    tables: Record<TableName, TableClient>,
    firmware: ContainerClient,
    recorded: LedgerTable | undefined,
  ) {
    this.azurite = azurite;
    this.firmware = firmware;
    this.#tables = tables;
    const table = (name: TableName) => this.table(name);
    const now = () => this.now;
    this.rollouts = new RolloutStore(table('rollouts'), now);
    this.releases = new ReleaseStore(table('releases'));
    this.uploads = new UploadStore({ uploads: table('uploads'), refusals: table('refusals') });
    this.connections = new StuckConnections(table('rollouts'));
    this.pending = new PendingStore(table('rollouts'));
    this.diagnosis = diagnosisAtHand({ table: table('rollouts'), now }, async () => this.events());
    const deadLetters = new DeadLetterStore(table('deadletters'));
    const reads = new LedgerReads(recorded ?? tables.deviceupdates);
    this.ledgerReads = reads;
    const replay = new DeadLetterReplay({
      letters: deadLetters,
      openLedger: async () => this.#ledger(keptElsewhere),
      instance: 'test',
    });
    this.api = new InProcessApi(
      apiRoutes({
        rollouts: this.rollouts,
        releases: this.releases,
        uploads: this.uploads,
        dropBox: new DropBox(async () => firmware),
        ledger: async () => reads,
        recounts: new RecountStore(table('rollouts')),
        countSeries: new CountSeriesStore(table('rollouts')),
        connections: this.connections,
        pending: this.pending,
        deadLetters,
        replays: async () => replay,
        webhooks: async () => this.#webhooks().desk,
        steering: { rollouts: this.rollouts, now, ...absentHub() },
        // Enough to look for what is not there; a revert that finds something has tests of its own.
        admission: {
          rollouts: this.rollouts,
          dropBox: { describe: async () => undefined },
        } as unknown as ApiParts['admission'],
        probes: { tables: table('rollouts') },
        ingestLag: async () => this.ingestLag(),
        diagnosis: this.diagnosis,
        now,
        docsDirectory: new URL('../../node_modules/swagger-ui-dist/', import.meta.url),
      }),
    );
  }

  table(name: TableName): () => Promise<TableClient> {
    return async () => this.#tables[name];
  }

  async close(): Promise<void> {
    await this.azurite.close();
  }

  /** A release and its running rollout, `fw-iotdevkit-<version>`. */
  async release(version: string, createdAt: string): Promise<void> {
    const id = `fw-iotdevkit-${version.replaceAll('.', '-')}`;
    await this.releases.claim(
      {
        deviceType: DEVICE_TYPE,
        version,
        size: 600_000,
        crc16: 0x31c3,
        sha256: 'ab'.repeat(32),
        blobPath: `${DEVICE_TYPE}/${version}.bin`,
        url: `https://example.com/releases/${DEVICE_TYPE}/${version}.bin`,
        rolloutId: id,
        targetCondition: '*',
        source: { path: `FirmwareOTA-${version}.bin`, etag: '0x1' },
        createdAt,
      },
      await this.releases.ofDeviceType(DEVICE_TYPE),
    );
    const plan = builtInPlans['all-at-once'];
    const rollout = { id, deviceType: DEVICE_TYPE, version, createdAt, shards: PARTITIONS };
    const added = { ...rollout, planName: 'all-at-once', plan, priority: 10, labels: {}, windowStart: 0 };
    const position = { ...startPosition(plan, 10, new Date(createdAt)), state: 'running' as const };
    const { state, stage, revision } = position;
    const entry = { action: 'started', actor: 'service', reason: '', inputs: {} } as const;
    await this.rollouts.add(added, position, {
      ...entry,
      revision,
      at: createdAt,
      state,
      stage,
    });
    await this.observe(id, 300);
  }

  /** What the hub says of the rollout now. */
  async observe(id: string, targeted: number): Promise<void> {
    const etag = (await this.rollouts.get(id))?.etag ?? '';
    const observation = { targeted, applied: targeted, stuck: 0, observedAt: this.now.toISOString() };
    await this.rollouts.observe(id, observation, etag);
  }

  /** Recounts every shard, as the timer does. */
  async recount(at: string): Promise<void> {
    const updates = async () => this.#tables.deviceupdates;
    const recounts = new RecountStore(async () => this.#tables.rollouts);
    for await (const turn of recountInTurn(
      { rollouts: this.rollouts, recounts, updates },
      new Date(at),
      1000,
    )) {
      if (turn.kind === 'failed') throw turn.error;
    }
  }

  /** What the ledger has counted of a rollout. */
  async counts(rollout: Pick<Rollout, 'id' | 'shards'>): Promise<RolloutCounts> {
    return new LedgerReads(this.#tables.deviceupdates).countsOf(rollout);
  }

  async refuse(path: string, uploadedAt: string): Promise<void> {
    await this.uploads.record(
      { path, etag: '0x1', size: 100, uploadedAt, metadata: {} },
      { kind: 'refused', refusal: { code: 'image-empty', message: 'The image is empty. Build it again.' } },
      new Date(uploadedAt),
    );
  }

  /** Events of one Event Hub partition, in their order. */
  async record(events: readonly Omit<RawTwinEvent, 'sequenceNumber'>[]): Promise<void> {
    const ledger = this.#ledger(this.#tables.deadletters);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const own = events.filter(({ properties }) => partitionOf(properties['deviceId']) === partition);
      const numbered = own.map((event) => ({ ...event, sequenceNumber: this.#sequence++ }));
      if (numbered.length === 0) continue;
      await ledger.recordBatch({ stream: STREAM, partition: String(partition), events: numbered });
    }
  }

  /** One endpoint, to which nothing is delivered here. */
  #webhooks() {
    const service = QueueServiceClient.fromConnectionString(this.azurite.connectionString);
    const { rollouts, uploads, webhooks } = this.#tables;
    return openWebhooks({
      settings: {
        endpoints: [endpointOf(new URL('https://hooks.example.com/ota?sig=geheim'))],
        secrets: [Buffer.alloc(32)],
        events: new Set(['rollout.started']),
      },
      hubHostName: 'hub.azure-devices.net',
      queue: async (name) => {
        const queue = service.getQueueClient(name);
        await queue.createIfNotExists();
        return queue;
      },
      tables: {
        rollouts: async () => rollouts,
        uploads: async () => uploads,
        webhooks: async () => webhooks,
      },
      rollouts: this.rollouts,
      now: () => this.now,
      random: () => 0,
      newId: () => 'test',
    });
  }

  #ledger(deadLetters: ConstructorParameters<typeof Ledger>[0]['deadLetters']): Ledger {
    const updates = this.#tables.deviceupdates;
    return new Ledger({ updates, deadLetters, directory: this.rollouts, defaultDeviceType: DEVICE_TYPE });
  }
}

/** A device's report as the hub tells of it. */
export function twinChange(
  deviceId: string,
  { version, status, substatus = '', current = '1.0.0', pending = '1.0.1' }: Report,
  enqueuedAt = new Date(Date.parse('2026-03-01T10:00:00Z') + version * 1000).toISOString(),
): Omit<RawTwinEvent, 'sequenceNumber'> {
  const firmware = {
    type: DEVICE_TYPE,
    currentFwVersion: current,
    pendingFwVersion: status === 'Current' ? '' : pending,
    fwUpdateStatus: status,
    fwUpdateSubstatus: substatus,
  };
  return {
    body: { version, properties: { reported: { firmware, $version: version } } },
    properties: {
      deviceId,
      operationTimestamp: enqueuedAt,
      'iothub-message-schema': 'twinChangeNotification',
    },
    systemProperties: {},
    enqueuedAt,
  };
}

function partitionOf(deviceId: unknown): number {
  return typeof deviceId === 'string' ? eventPartition(deviceId, PARTITIONS) : 0;
}
