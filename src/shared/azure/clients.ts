import type { TableClient } from '@azure/data-tables';
import type { EventHubConsumerClient } from '@azure/event-hubs';
import type { TokenCredential } from '@azure/identity';
import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import type { Registry } from 'azure-iothub';
import { type HubRequestOutcome, watchHubRequests } from './hub-requests.ts';
import type { BlobConnection, IotHubConnection, Settings, StorageConnection } from '../settings.ts';

/** Tables of the app. */
export const tableNames = {
  uploads: 'uploads',
  refusals: 'refusals',
  releases: 'releases',
  rollouts: 'rollouts',
  deviceUpdates: 'deviceupdates',
  deadLetters: 'deadletters',
  webhooks: 'webhooks',
} as const;
export type TableName = (typeof tableNames)[keyof typeof tableNames];

/**
 * SDK clients, made at first use and kept: an SDK is loaded only by the function that needs it, which is
 * what keeps the cold start of the others short. A failure is not kept: the next use tries again.
 */
export interface AzureClients {
  /** The table exists when the promise resolves. */
  table(name: TableName): Promise<TableClient>;
  container(name: string): Promise<ContainerClient>;
  /** The queue exists when the promise resolves. */
  queue(name: string): Promise<QueueClient>;
  /** In the account of the Functions host. */
  hostContainer(name: string): Promise<ContainerClient>;
  registry(): Promise<Registry>;
  /** For questions about the event hub of the twin changes. It connects at the first one. */
  eventHub(): Promise<EventHubConsumerClient>;
}

type ClientSettings = Pick<Settings, 'storage' | 'hostStorage' | 'iotHub' | 'twinEvents'>;

/** @param hubRequestEnded told of each request to the hub when it is over */
export function azureClients(
  settings: ClientSettings,
  hubRequestEnded: (outcome: HubRequestOutcome) => void = () => undefined,
): AzureClients {
  const tables = new Map<TableName, Promise<TableClient>>();
  const containers = new Map<string, Promise<ContainerClient>>();
  const queues = new Map<string, Promise<QueueClient>>();
  const hostContainers = new Map<string, Promise<ContainerClient>>();
  const registries = new Map<'hub', Promise<Registry>>();
  const eventHubs = new Map<'twins', Promise<EventHubConsumerClient>>();
  return {
    table: (name) => kept(tables, name, () => openTable(settings.storage, name)),
    container: (name) => kept(containers, name, () => openContainer(settings.storage, name)),
    queue: (name) => kept(queues, name, () => openQueue(settings.storage, name)),
    hostContainer: (name) => kept(hostContainers, name, () => openContainer(settings.hostStorage, name)),
    registry: () => kept(registries, 'hub', () => openRegistry(settings.iotHub, hubRequestEnded)),
    eventHub: () => kept(eventHubs, 'twins', () => openEventHub(settings.twinEvents)),
  };
}

function kept<Key, Value>(
  cache: Map<Key, Promise<Value>>,
  key: Key,
  open: () => Promise<Value>,
): Promise<Value> {
  const known = cache.get(key);
  if (known) return known;
  const opened = open();
  cache.set(key, opened);
  opened.catch(() => cache.delete(key));
  return opened;
}

async function openTable(connection: StorageConnection, name: TableName): Promise<TableClient> {
  const { TableClient } = await import('@azure/data-tables');
  const client =
    connection.kind === 'connection-string'
      ? TableClient.fromConnectionString(connection.connectionString, name, {
          // Plain http is what a storage emulator on this machine speaks; Azure's endpoints are https.
          allowInsecureConnection: isEmulator(connection.connectionString),
        })
      : new TableClient(connection.tableServiceUri, name, await credential(connection.clientId));
  // createTable takes an existing table for success.
  await client.createTable();
  return client;
}

async function openContainer(connection: BlobConnection, name: string): Promise<ContainerClient> {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  const service =
    connection.kind === 'connection-string'
      ? BlobServiceClient.fromConnectionString(connection.connectionString)
      : new BlobServiceClient(connection.blobServiceUri, await credential(connection.clientId));
  return service.getContainerClient(name);
}

async function openQueue(connection: StorageConnection, name: string): Promise<QueueClient> {
  const { QueueServiceClient } = await import('@azure/storage-queue');
  const service =
    connection.kind === 'connection-string'
      ? QueueServiceClient.fromConnectionString(connection.connectionString)
      : new QueueServiceClient(connection.queueServiceUri, await credential(connection.clientId));
  const queue = service.getQueueClient(name);
  await queue.createIfNotExists();
  return queue;
}

function isEmulator(connectionString: string): boolean {
  return /UseDevelopmentStorage=true|TableEndpoint=http:|DefaultEndpointsProtocol=http(?:;|$)/i.test(
    connectionString,
  );
}

async function openRegistry(
  hub: Settings['iotHub'],
  requestEnded: (outcome: HubRequestOutcome) => void,
): Promise<Registry> {
  // The registry's own module: the package's index loads AMQP and more, and takes three times as long.
  const [{ Registry }, { RestApiClient }] = await Promise.all([
    import('azure-iothub/dist/registry.js'),
    import('azure-iothub/dist/common-http/rest_api_client.js'),
  ]);
  const config = await registryConfig(hub.connection);
  const rest = new RestApiClient(config, 'firmware-ota');
  watchHubRequests(rest, requestEnded);
  const registry = new Registry(config, rest);
  if (hub.endpoint) rest.setOptions({ http: { agent: await agentFor(hub.endpoint) } });
  return registry;
}

type RegistryConfig = Registry.TransportConfig & { readonly tokenScope?: string };

async function registryConfig(connection: IotHubConnection): Promise<RegistryConfig> {
  if (connection.kind === 'identity') {
    return {
      host: connection.hostName,
      tokenCredential: await credential(connection.clientId),
      tokenScope: 'https://iothubs.azure.net/.default',
    };
  }
  const [{ parse }, { SharedAccessSignature }] = await Promise.all([
    import('azure-iothub/dist/connection_string.js'),
    import('azure-iothub/dist/common-core/shared_access_signature.js'),
  ]);
  const {
    HostName: host = '',
    SharedAccessKeyName: policy = '',
    SharedAccessKey: key = '',
  } = parse(connection.connectionString);
  // The client extends the signature before each request, so its first expiry does not matter.
  return { host, sharedAccessSignature: SharedAccessSignature.create(host, policy, key, Date.now()) };
}

/** The agent's host and port win over the request's, so that the hub keeps its name in URL, token and certificate. */
async function agentFor(endpoint: URL) {
  const { Agent } = await import('node:https');
  return new Agent({ keepAlive: true, host: endpoint.hostname, port: Number(endpoint.port || 443) });
}

/** Whoever asks does not wait for long: it is asked again soon enough. */
const EVENT_HUB_OPTIONS = { retryOptions: { maxRetries: 1, retryDelayInMs: 200, timeoutInMs: 4000 } };

async function openEventHub(events: Settings['twinEvents']): Promise<EventHubConsumerClient> {
  const { EventHubConsumerClient, parseEventHubConnectionString } = await import('@azure/event-hubs');
  const { connection, consumerGroup, eventHub } = events;
  if (connection.kind === 'identity') {
    return new EventHubConsumerClient(
      consumerGroup,
      connection.fullyQualifiedNamespace,
      eventHub,
      await credential(connection.clientId),
      EVENT_HUB_OPTIONS,
    );
  }
  const { connectionString } = connection;
  // A name in the connection string wins, as it does for the trigger.
  return parseEventHubConnectionString(connectionString).eventHubName === undefined
    ? new EventHubConsumerClient(consumerGroup, connectionString, eventHub, EVENT_HUB_OPTIONS)
    : new EventHubConsumerClient(consumerGroup, connectionString, EVENT_HUB_OPTIONS);
}

async function credential(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  // A user-assigned identity has to be named: without its id the system-assigned one is asked, which is not there.
  return clientId ? new ManagedIdentityCredential({ clientId }) : new DefaultAzureCredential();
}
