import { type BlobItem, BlobServiceClient, type ContainerClient, RestError } from '@azure/storage-blob';
import { type BlobPathPattern, parseBlobPath } from './blob-path-pattern.ts';
import { type BlobWork, type FoundBlob, processBlob } from './blob-processing.ts';
import { openBlobReceipts } from './blob-receipts.ts';
import { describe } from './invoke.ts';
import { waited } from './retry-policy.ts';

export interface BlobTriggerOptions extends Omit<BlobWork, 'container' | 'receipts' | 'stopping'> {
  /** Container azure-webjobs-hosts of the host's own storage account. */
  readonly hosts: ContainerClient;
  readonly pollMs: number;
}

export interface BlobTrigger {
  /** Starts nothing new; resolves when the running invocations have ended. */
  stop(): Promise<void>;
}

interface Scanner {
  readonly work: BlobWork;
  readonly pattern: BlobPathPattern;
  readonly pollMs: number;
  /** By etag and name. */
  readonly inFlight: Map<string, Promise<void>>;
}

/** Scans the container until stopped. Each blob version runs at least once, by itself. Throws a BlobPathError. */
export async function startBlobTrigger(options: BlobTriggerOptions): Promise<BlobTrigger> {
  const { hosts, pollMs, ...rest } = options;
  const pattern = parseBlobPath(options.binding.path);
  const service = BlobServiceClient.fromConnectionString(options.binding.connectionString);
  const stopping = new AbortController();
  const work: BlobWork = {
    ...rest,
    container: service.getContainerClient(pattern.container),
    receipts: await openBlobReceipts(hosts, options.hostId, options.fn.metadata.name),
    stopping: stopping.signal,
  };
  const scanner: Scanner = { work, pattern, pollMs, inFlight: new Map() };
  const scanning = scanUntilStopped(scanner);
  return {
    stop: async () => {
      stopping.abort();
      await scanning;
      await Promise.all(scanner.inFlight.values());
    },
  };
}

async function scanUntilStopped(scanner: Scanner): Promise<void> {
  let lastFault = '';
  do {
    const fault = await scan(scanner).then(() => '', scanFault);
    if (fault !== '' && fault !== lastFault)
      warn(scanner, `Cannot scan "${scanner.pattern.container}": ${fault}`);
    lastFault = fault;
  } while (await waited(scanner.pollMs, scanner.work.stopping));
}

/** A container that does not exist yet is no fault: it may come. */
function scanFault(error: unknown): string {
  if (error instanceof RestError && error.statusCode === 404) return '';
  return error instanceof Error ? error.message : String(error);
}

async function scan(scanner: Scanner): Promise<void> {
  const { work, pattern } = scanner;
  for await (const item of work.container.listBlobsFlat({ prefix: pattern.prefix })) {
    if (work.stopping.aborted) return;
    const captured = pattern.match(item.name);
    if (captured !== undefined) consider(scanner, foundBlob(item, pattern.container, captured));
  }
}

/** Listings give the etag without quotes, and properties with them; here it never has any. */
function foundBlob(item: BlobItem, container: string, captured: Record<string, string>): FoundBlob {
  const etag = item.properties.etag.replaceAll('"', '');
  return { container, name: item.name, etag, blobType: item.properties.blobType ?? 'BlockBlob', captured };
}

/** Starts work on a blob version that has no final receipt and is not being worked on. */
function consider(scanner: Scanner, blob: FoundBlob): void {
  const { work, inFlight } = scanner;
  const key = `${blob.etag}/${blob.name}`;
  const state = work.receipts.find(blob)?.state;
  if (inFlight.has(key) || state === 'completed' || state === 'poisoned') return;
  const processing = processBlob(work, blob)
    // The receipt is unfinished, so the next scan takes the blob up again.
    .catch((error: unknown) => warn(scanner, `Storage fault around blob "${blob.name}": ${describe(error)}`))
    .finally(() => inFlight.delete(key));
  inFlight.set(key, processing);
}

function warn({ work }: Scanner, message: string): void {
  work.log({ level: 'warning', category: 'host', functionName: work.fn.metadata.name, message });
}
