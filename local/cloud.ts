import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { eventPartition } from '../src/shared/status/event-partition.ts';
import { type RunningAzurite, startAzurite } from './azurite.ts';
import { loadOrCreateCertificates } from './certificates.ts';
import { claimDirectory } from './data-directory.ts';
import { startDownloadServer } from './download-server.ts';
import { type Endpoints, removeEndpoints, writeEndpoints } from './endpoints.ts';
import { type EventHubsServer, startEventHubs } from './event-hubs/amqp-server.ts';
import type { EventLog } from './event-hubs/event-log.ts';
import { openPersistedLog } from './event-hubs/persist-log.ts';
import type { HostLogLine } from './function-host/host-messages.ts';
import { type RunningFunctionHost, superviseFunctionHost } from './function-host/supervisor.ts';
import type { IotHub } from './iot-hub/hub.ts';
import { standardLimits } from './iot-hub/limits.ts';
import { type DeviceGateway, startDeviceGateway } from './iot-hub/mqtt-gateway.ts';
import { openHub } from './iot-hub/persist-hub.ts';
import { type HubRest, startHubRest } from './iot-hub/rest-server.ts';
import type { RoutedEvent } from './iot-hub/routed-event.ts';
import { choosePorts, HOST, keepPorts, type Ports } from './ports.ts';

export interface CloudOptions {
  /** Where everything is kept over restarts; also where `endpoints.json` is written. */
  readonly directory: string;
  readonly ports: Ports;
  /** Root of the built function app. */
  readonly appDir: string;
  readonly log: (line: HostLogLine) => void;
  /** App settings beside those that name the parts of this cloud; they win. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly evaluation?: { readonly afterChangeMs: number; readonly intervalMs: number };
}

/** A running local cloud. Its parts are reachable for tests; other programs use `endpoints`. */
export interface LocalCloud {
  readonly endpoints: Endpoints;
  /** PEM of the CA. */
  readonly ca: string;
  readonly hub: IotHub;
  readonly eventLog: EventLog;
  readonly azurite: RunningAzurite;
  readonly hubRest: HubRest;
  readonly gateway: DeviceGateway;
  readonly eventHubs: EventHubsServer;
  readonly functionHost: RunningFunctionHost;
  /** Stops everything, the last started first, and loses nothing. */
  close(): Promise<void>;
}

const HOST_NAME = 'localhost';
const EVENT_HUB = 'twin-changes';
const CONSUMER_GROUPS = ['$Default', 'firmware-ota'];
const PARTITIONS = 4;
const EVENTS_KEPT = 100_000;
const CONTAINERS = { firmware: 'firmware', releases: 'releases' };
/** The real hub evaluates every five minutes; here somebody is watching. */
const EVALUATION = { afterChangeMs: 200, intervalMs: 5000 };
const ROUTED = new Set<unknown>(['twinChangeEvents', 'deviceLifecycleEvents']);

/**
 * Starts storage, hub, event hub and the function app, in this order, and writes `endpoints.json` when
 * all is ready. Throws a PortTakenError, a DirectoryInUseError, or what a part says of itself; nothing
 * is left running then.
 */
export async function startLocalCloud(options: CloudOptions): Promise<LocalCloud> {
  const closers: (() => Promise<void> | void)[] = [];
  // One part that fails to stop must not keep the others from it: they hold data that is not yet written.
  const close = async () => {
    const failures: unknown[] = [];
    for (const closer of closers.splice(0).toReversed()) {
      try {
        await closer();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, 'Some parts of the local cloud did not stop well');
  };
  try {
    return await start(options, (closer) => closers.push(closer), close);
  } catch (error) {
    await close();
    throw error;
  }
}

type Close = () => Promise<void>;

async function start(
  options: CloudOptions,
  atEnd: (closer: () => Promise<void> | void) => void,
  close: Close,
): Promise<LocalCloud> {
  const { directory } = options;
  await mkdir(directory, { recursive: true });
  atEnd(await claimDirectory(directory));
  const ports = await choosePorts(directory, options.ports);
  const certificates = await loadOrCreateCertificates(join(directory, 'certificates'));

  const azurite = await startAzurite({ dir: join(directory, 'azurite'), ports, host: HOST });
  atEnd(() => azurite.close());
  await createContainers(azurite.connectionString);

  const { hub, eventLog } = await openHubAndLog(options, atEnd);
  const now = () => new Date();
  const tls = { key: certificates.key, cert: certificates.cert };
  const key = hub.policyKey('service') ?? '';
  const hubRest = await startHubRest({ hub, host: HOST, port: ports.iotHubRest, tls, now });
  atEnd(() => hubRest.close());
  const gateway = await startDeviceGateway({ hub, host: HOST, port: ports.deviceGateway, tls, now });
  atEnd(() => gateway.close());
  const eventHubs = await startEventHubs({
    log: eventLog,
    host: HOST,
    port: ports.eventHubs,
    consumerGroups: CONSUMER_GROUPS,
    keyName: 'local',
    key,
    now,
  });
  atEnd(() => eventHubs.close());
  const download = await startDownloadServer({
    host: HOST,
    port: ports.download,
    tls,
    blobUrl: azurite.blobUrl,
    container: CONTAINERS.releases,
  });
  atEnd(() => download.close());

  const services = {
    storage: azurite.connectionString,
    iotHub: `HostName=${HOST_NAME};SharedAccessKeyName=service;SharedAccessKey=${key}`,
    iotHubRest: `https://${HOST_NAME}:${hubRest.port}`,
    deviceGateway: `${HOST_NAME}:${gateway.port}`,
    eventHub: eventHubs.connectionString,
    download: `https://${HOST_NAME}:${download.port}/${CONTAINERS.releases}`,
    ca: certificates.caPath,
  };
  const functionHost = await superviseFunctionHost({
    appDir: options.appDir,
    env: { ...appSettings(services), ...options.settings },
    host: HOST,
    port: ports.http,
    log: options.log,
  });
  atEnd(() => functionHost.stop());

  const endpoints = { http: functionHost.url, ...services };
  await keepPorts(directory, {
    blob: portOf(azurite.blobUrl),
    queue: portOf(azurite.queueUrl),
    table: portOf(azurite.tableUrl),
    http: portOf(functionHost.url),
    iotHubRest: hubRest.port,
    download: download.port,
    eventHubs: eventHubs.port,
    deviceGateway: gateway.port,
  });
  await writeEndpoints(directory, endpoints);
  atEnd(() => removeEndpoints(directory));
  return {
    endpoints,
    ca: certificates.ca,
    hub,
    eventLog,
    azurite,
    hubRest,
    gateway,
    eventHubs,
    functionHost,
    close,
  };
}

const portOf = (url: string) => Number(new URL(url).port);

async function openHubAndLog(options: CloudOptions, atEnd: (closer: () => Promise<void> | void) => void) {
  const now = () => new Date();
  const { log: eventLog, close: closeLog } = openPersistedLog(join(options.directory, 'event-hub'), {
    name: EVENT_HUB,
    partitionCount: PARTITIONS,
    partitionOf: eventPartition,
    maxEventsPerPartition: EVENTS_KEPT,
    now,
  });
  atEnd(closeLog);
  const persistent = await openHub(
    {
      hostName: HOST_NAME,
      now,
      schedule: (delayMs, task) => {
        const timer = setTimeout(task, delayMs);
        return { cancel: () => clearTimeout(timer) };
      },
      emit: (event) => route(eventLog, event),
      limits: standardLimits,
      evaluation: options.evaluation ?? EVALUATION,
    },
    {
      directory: join(options.directory, 'iot-hub'),
      delayMs: 200,
      failed: (error) => options.log({ level: 'error', category: 'host', message: error.message }),
    },
  );
  atEnd(() => persistent.close());
  return { hub: persistent.hub, eventLog };
}

/** The hub's message route: twin changes and device life cycle, as a deployment would have it. */
function route(eventLog: EventLog, event: RoutedEvent): void {
  if (ROUTED.has(event.annotations['iothub-message-source'])) eventLog.append(event);
}

/** The drop box is private; releases are public to read, as a device sends no credentials. */
async function createContainers(connectionString: string): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(connectionString);
  await service.getContainerClient(CONTAINERS.firmware).createIfNotExists();
  await service.getContainerClient(CONTAINERS.releases).createIfNotExists({ access: 'blob' });
}

/** The settings that name the parts of this cloud, for an instance of the app. */
export function appSettings(services: Omit<Endpoints, 'http'>): Record<string, string> {
  return {
    AzureWebJobsStorage: services.storage,
    FIRMWARE_STORAGE: services.storage,
    FIRMWARE_CONTAINER: CONTAINERS.firmware,
    FIRMWARE_SWEEP_SCHEDULE: '*/30 * * * * *',
    RELEASES_CONTAINER: CONTAINERS.releases,
    DOWNLOAD_BASE_URL: services.download,
    IOT_HUB: services.iotHub,
    IOT_HUB_ENDPOINT: services.iotHubRest,
    TWIN_EVENTS: services.eventHub,
    TWIN_EVENTS_HUB: EVENT_HUB,
    TWIN_EVENTS_CONSUMER_GROUP: 'firmware-ota',
    TWIN_EVENTS_PARTITIONS: String(PARTITIONS),
    ROLLOUT_JUDGE_SCHEDULE: '*/2 * * * * *',
    TWIN_UPDATES_PER_SECOND: '500',
    NODE_EXTRA_CA_CERTS: services.ca,
  };
}
