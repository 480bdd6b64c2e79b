import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Azurite's well-known development account; published by Microsoft, no secret. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Seconds that Azurite keeps an idle connection; its own default. */
const KEEP_ALIVE_SECONDS = 5;

export interface AzuriteOptions {
  /** Where the data lives over restarts; absent: in memory, gone at the end. */
  dir?: string;
  /** 0 lets the system pick a free port. */
  ports: { blob: number; queue: number; table: number };
  host: string;
}

export interface RunningAzurite {
  /** For every Azure Storage SDK client; data-tables also needs `allowInsecureConnection`. */
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly tableUrl: string;
  /** Writes what is still in memory to disk, then frees the ports. */
  close(): Promise<void>;
}

/** Azurite ships no type declarations; this is what is used of its classes. */
interface AzuriteServer {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

type Service = 'Blob' | 'Queue' | 'Table';

const require = createRequire(import.meta.url);

/**
 * Starts blob, queue and table in this process. Azurite's command line would report telemetry by
 * default; its server classes do not. It persists every ~5 s and at `close`, so a process that uses
 * `dir` has to close it to lose nothing.
 */
export async function startAzurite(options: AzuriteOptions): Promise<RunningAzurite> {
  if (options.dir !== undefined) await mkdir(options.dir, { recursive: true });
  const servers = [blobServer(options), queueServer(options), tableServer(options)] as const;
  const started = await Promise.allSettled(servers.map((server) => server.start()));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await Promise.allSettled(servers.map((server) => server.close()));
    throw new AzuriteStartError(failed.reason);
  }
  const [blobUrl, queueUrl, tableUrl] = servers.map(accountUrl) as [string, string, string];
  return {
    connectionString: connectionString({ blobUrl, queueUrl, tableUrl }),
    blobUrl,
    queueUrl,
    tableUrl,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** A port that is taken, or a data directory that cannot be written; `cause` says which. */
export class AzuriteStartError extends Error {
  readonly code = 'AZURITE_START_FAILED';
  constructor(cause: unknown) {
    super(`Azurite could not start: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'AzuriteStartError';
  }
}

function accountUrl(server: AzuriteServer): string {
  return `${server.getHttpServerAddress()}/${ACCOUNT}`;
}

function connectionString(urls: { blobUrl: string; queueUrl: string; tableUrl: string }): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    `BlobEndpoint=${urls.blobUrl}`,
    `QueueEndpoint=${urls.queueUrl}`,
    `TableEndpoint=${urls.tableUrl}`,
    '',
  ].join(';');
}

function blobServer(options: AzuriteOptions): AzuriteServer {
  const file = inDataDirectory(options);
  return newServer('Blob', [
    ...listen(options, options.ports.blob),
    file('__azurite_db_blob__.json'),
    file('__azurite_db_blob_extent__.json'),
    [{ locationId: 'Default', locationPath: file('__blobstorage__'), maxConcurrency: 50 }],
    ...NO_ACCESS_LOG,
    ...NO_DEBUG_LOG,
    ...lenient(options),
  ]);
}

function queueServer(options: AzuriteOptions): AzuriteServer {
  const file = inDataDirectory(options);
  return newServer('Queue', [
    ...listen(options, options.ports.queue),
    file('__azurite_db_queue__.json'),
    file('__azurite_db_queue_extent__.json'),
    [{ locationId: 'Default', locationPath: file('__queuestorage__'), maxConcurrency: 1 }],
    ...NO_ACCESS_LOG,
    ...NO_DEBUG_LOG,
    ...lenient(options),
  ]);
}

function tableServer(options: AzuriteOptions): AzuriteServer {
  const file = inDataDirectory(options);
  // The table configuration takes "debug log" before the access log, unlike the other two.
  return newServer('Table', [
    ...listen(options, options.ports.table),
    file('__azurite_db_table__.json'),
    false,
    ...NO_ACCESS_LOG,
    undefined,
    ...lenient(options),
  ]);
}

const NO_ACCESS_LOG = [false, undefined] as const;
const NO_DEBUG_LOG = [false, undefined] as const;

function listen(options: AzuriteOptions, port: number): readonly unknown[] {
  return [options.host, port, KEEP_ALIVE_SECONDS];
}

/**
 * The positional tail that the three share: loose, skipApiVersionCheck, cert, key, pwd, oauth,
 * disableProductStyleUrl, isMemoryPersistence. The API version check has to go: the storage SDKs are
 * newer than the newest version that this Azurite knows.
 */
function lenient(options: AzuriteOptions): readonly unknown[] {
  return [false, true, '', '', '', undefined, false, options.dir === undefined];
}

/** In memory, the paths are named all the same but nothing is written to them. */
function inDataDirectory(options: AzuriteOptions): (name: string) => string {
  const dir = options.dir ?? path.join(tmpdir(), 'azurite-in-memory');
  return (name) => path.join(dir, name);
}

/** The package has no exports map and its `main` is the editor extension: the classes are reached by path. */
function newServer(service: Service, configuration: readonly unknown[]): AzuriteServer {
  const directory = `azurite/dist/src/${service.toLowerCase()}`;
  const { default: Configuration } = require(`${directory}/${service}Configuration`);
  const { default: Server } = require(`${directory}/${service}Server`);
  return new Server(new Configuration(...configuration));
}
