import { Agent } from 'node:https';
import type { ContainerClient } from '@azure/storage-blob';
import { RestApiClient } from 'azure-iothub/dist/common-http/rest_api_client.js';
import { Registry } from 'azure-iothub/dist/registry.js';
import { createSas } from '../local/iot-hub/sas.ts';
import type { Admission } from '../src/shared/firmware/admission.ts';
import { deviceProfile } from '../src/shared/firmware/device-profile.ts';
import { DropBox } from '../src/shared/firmware/drop-box.ts';
import { ReleaseBlobs } from '../src/shared/firmware/release-blobs.ts';
import { ReleaseStore } from '../src/shared/firmware/release-store.ts';
import { UploadStore } from '../src/shared/firmware/upload-store.ts';
import { FleetQueries } from '../src/shared/rollout/fleet-queries.ts';
import { HubConfigurations } from '../src/shared/rollout/hub-configurations.ts';
import { RolloutStore } from '../src/shared/rollout/rollout-store.ts';
import type { Services } from './services.ts';

export interface AdmissionParts {
  readonly admission: Admission;
  readonly firmware: ContainerClient;
  close(): void;
}

/** Admission over containers and tables of its own, with its clients already open, and the hub. */
export async function admissionParts(services: Services): Promise<AdmissionParts> {
  const now = () => new Date();
  const firmware = await services.newContainer();
  const released = await services.newContainer();
  const [releases, rollouts, uploads, refusals] = await Promise.all(
    Array.from({ length: 4 }, () => services.newTable()),
  ).then((tables) => tables.map((table) => async () => table));
  if (!releases || !rollouts || !uploads || !refusals) throw new RangeError('Four tables are needed');
  const agent = new Agent({
    keepAlive: true,
    ca: services.hub.ca,
    host: '127.0.0.1',
    port: services.hub.port,
  });
  const registry = registryOf(services, agent);
  return {
    firmware,
    close: () => agent.destroy(),
    admission: {
      dropBox: new DropBox(async () => firmware),
      releaseBlobs: new ReleaseBlobs(async () => released, 'https://downloads.example.com/releases'),
      releases: new ReleaseStore(releases),
      rollouts: new RolloutStore(rollouts, now),
      configurations: new HubConfigurations(async () => registry),
      uploads: new UploadStore({ uploads, refusals }),
      fleet: new FleetQueries(async () => registry),
      tags: { isComplete: async () => true },
      limits: { configurations: 100, dailyMessages: 400_000 },
      now,
      policy: {
        defaultDeviceType: 'IoTDevKit',
        defaultPlan: 'all-at-once',
        profileOf: () => deviceProfile('iotdevkit'),
        shards: 4,
        downloadQuery: () => undefined,
      },
    },
  };
}

/** The service SDK as the app opens it, but for the certificate of the hub on this machine. */
function registryOf({ hub }: Services, agent: Agent): Registry {
  const host = 'localhost';
  const inAnHour = new Date(Date.now() + 3_600_000);
  const config = { host, sharedAccessSignature: createSas(host, hub.key, inAnHour, 'service') };
  const rest = new RestApiClient(config, 'bench');
  const registry = new Registry(config, rest);
  rest.setOptions({ http: { agent } });
  return registry;
}
