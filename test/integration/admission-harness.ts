import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { startAzurite } from '../../local/azurite.ts';
import { createCertificates } from '../../local/certificates.ts';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { type HubLimits, standardLimits } from '../../local/iot-hub/limits.ts';
import { startHubRest } from '../../local/iot-hub/rest-server.ts';
import { TableClient } from '@azure/data-tables';
import { type TableName, tableNames } from '../../src/shared/azure/clients.ts';
import type { Admission } from '../../src/shared/firmware/admission.ts';
import { deviceProfile } from '../../src/shared/firmware/device-profile.ts';
import { DropBox } from '../../src/shared/firmware/drop-box.ts';
import { ReleaseBlobs } from '../../src/shared/firmware/release-blobs.ts';
import { ReleaseStore } from '../../src/shared/firmware/release-store.ts';
import { UploadStore } from '../../src/shared/firmware/upload-store.ts';
import { FleetQueries } from '../../src/shared/rollout/fleet-queries.ts';
import { HubConfigurations } from '../../src/shared/rollout/hub-configurations.ts';
import { RolloutStore } from '../../src/shared/rollout/rollout-store.ts';
import { hubRegistry } from './hub-registry.ts';

/** Storage, a hub and the parts of admission over the real SDK clients. */
export type AdmissionHarness = Awaited<ReturnType<typeof startAdmissionHarness>>;

export async function startAdmissionHarness(limits: HubLimits = standardLimits) {
  const azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  const certificates = await createCertificates();
  const now = () => new Date();
  const hub = new IotHub({
    hostName: 'localhost',
    now,
    schedule: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    emit: () => undefined,
    limits,
    evaluation: { afterChangeMs: 10, intervalMs: 60_000 },
  });
  const rest = await startHubRest({ hub, host: '127.0.0.1', port: 0, tls: certificates, now });
  let requests = 0;
  const { registry, close: closeRegistry } = hubRegistry(
    { port: rest.port, ca: certificates.ca, key: hub.policyKey('service') ?? '' },
    () => requests++,
  );
  const storage = BlobServiceClient.fromConnectionString(azurite.connectionString);
  let containers = 0;

  return {
    hub,
    rest,
    registry,
    /** Requests to the hub so far. */
    hubRequests: () => requests,
    /** Admission over a drop box, releases and tables of its own. */
    async world() {
      const suffix = `w${++containers}`;
      const firmware = storage.getContainerClient(`firmware-${suffix}`);
      const releases = storage.getContainerClient(`releases-${suffix}`);
      await Promise.all([firmware.create(), releases.create()]);
      const table = (name: TableName) => async () => {
        const options = { allowInsecureConnection: true };
        const client = TableClient.fromConnectionString(
          azurite.connectionString,
          `${name}${suffix}`,
          options,
        );
        await client.createTable();
        return client;
      };
      const admission: Admission = {
        dropBox: new DropBox(async () => firmware),
        releaseBlobs: new ReleaseBlobs(async () => releases, 'https://downloads.example.com/releases'),
        releases: new ReleaseStore(table(tableNames.releases)),
        rollouts: new RolloutStore(table(tableNames.rollouts), now),
        configurations: new HubConfigurations(async () => registry),
        uploads: new UploadStore({
          uploads: table(tableNames.uploads),
          refusals: table(tableNames.refusals),
        }),
        fleet: new FleetQueries(async () => registry),
        tags: { isComplete: async () => true },
        limits: { configurations: 5, dailyMessages: 50 },
        now,
        policy: {
          defaultDeviceType: 'IoTDevKit',
          defaultPlan: 'all-at-once',
          profileOf: () => deviceProfile('iotdevkit'),
          shards: 4,
          downloadQuery: () => undefined,
        },
      };
      return { admission, firmware, releases };
    },
    async close() {
      closeRegistry();
      hub.close();
      await rest.close();
      await azurite.close();
    },
  };
}

export async function drop(
  firmware: ContainerClient,
  path: string,
  bytes: Buffer,
  metadata: Record<string, string> = {},
): Promise<void> {
  await firmware.getBlockBlobClient(path).uploadData(bytes, { metadata });
}

export const image = (version: string, seed = 1) => buildFirmwareImage({ version, size: 8192, seed });
