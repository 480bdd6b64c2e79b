import {
  BlobServiceClient,
  type BlobClient,
  type BlobItem,
  type ContainerClient,
  RestError,
} from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { parseBlobPath, type BlobPathPattern } from './blob-path-pattern.ts';
import { openBlobReceipts, type BlobReceipts, type BlobVersion } from './blob-receipts.ts';
import { blobReference, blobTriggerMetadata, poisonMessage } from './blob-rpc.ts';
import type { RegisteredFunction } from './core-api.ts';
import type { RpcTypedData } from './core-contract.ts';
import type { HostLog } from './host-messages.ts';
import { describe, type Invoke } from './invoke.ts';
import { waited } from './retry-policy.ts';
import type { BlobBinding } from './trigger-binding.ts';

const POISON_QUEUE = 'webjobs-blobtrigger-poison';
/** The waits between attempts double up to this many times the first one. */
const LONGEST_RETRY_WAIT = 16;

export interface BlobTriggerOptions {
  readonly fn: RegisteredFunction;
  readonly binding: BlobBinding;
  readonly hostId: string;
  /** Container azure-webjobs-hosts of the host's own storage account. */
  readonly hosts: ContainerClient;
  readonly invoke: Invoke;
  readonly log: HostLog;
  readonly pollMs: number;
  /** Wait before the second attempt; it doubles from there. */
  readonly retryMs: number;
  /** host.json poisonBlobThreshold: attempts before the poison queue. */
  readonly attempts: number;
  /** host.json maxDegreeOfParallelism, shared by all blob functions of the app. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface BlobTrigger {
  /** Starts nothing new; resolves when the running invocations have ended. */
  stop(): Promise<void>;
}

/** Scans the container until stopped. Each blob version runs at least once, on its own. */
export async function startBlobTrigger(options: BlobTriggerOptions): Promise<BlobTrigger> {
  const pattern = parseBlobPath(options.binding.path);
  const functionName = options.fn.metadata.name;
  const receipts = await openBlobReceipts(options.hosts, options.hostId, functionName);
  const service = BlobServiceClient.fromConnectionString(options.binding.connectionString);
  const stopping = new AbortController();
  const run: Run = {
    options,
    pattern,
    receipts,
    container: service.getContainerClient(pattern.container),
    signal: stopping.signal,
    inFlight: new Map(),
  };
  const scanning = scanUntilStopped(run);
  return {
    stop: async () => {
      stopping.abort();
      await scanning;
      await Promise.all(run.inFlight.values());
    },
  };
}

interface Run {
  readonly options: BlobTriggerOptions;
  readonly pattern: BlobPathPattern;
  readonly receipts: BlobReceipts;
  readonly container: ContainerClient;
  readonly signal: AbortSignal;
  /** By `etag/name`. */
  readonly inFlight: Map<string, Promise<void>>;
}

async function scanUntilStopped(run: Run): Promise<void> {
  let lastFault = '';
  do {
    const fault = await scan(run).then(() => '', scanFault);
    if (fault !== '' && fault !== lastFault) warn(run, `Cannot scan "${run.pattern.container}": ${fault}`);
    lastFault = fault;
  } while (await waited(run.options.pollMs, run.signal));
}

/** A container that does not exist yet is no fault: it may come. */
function scanFault(error: unknown): string {
  if (error instanceof RestError && error.statusCode === 404) return '';
  return error instanceof Error ? error.message : String(error);
}

async function scan(run: Run): Promise<void> {
  for await (const item of run.container.listBlobsFlat({ prefix: run.pattern.prefix })) {
    if (run.signal.aborted) return;
    const captured = run.pattern.match(item.name);
    if (captured !== undefined) consider(run, item, captured);
  }
}

/** Starts work on a blob version that has no final receipt and is not being worked on. */
function consider(run: Run, item: BlobItem, captured: Record<string, string>): void {
  const version = { container: run.pattern.container, name: item.name, etag: bareEtag(item.properties.etag) };
  const key = `${version.etag}/${version.name}`;
  const receipt = run.receipts.find(version);
  if (run.inFlight.has(key) || receipt?.state === 'completed' || receipt?.state === 'poisoned') return;
  const work = processBlob(run, version, captured)
    // The receipt is unfinished, so the next scan takes the blob up again.
    .catch((error: unknown) => warn(run, `Storage fault around blob "${version.name}": ${describe(error)}`))
    .finally(() => run.inFlight.delete(key));
  run.inFlight.set(key, work);
}

function bareEtag(etag: string): string {
  return etag.replaceAll('"', '');
}

/** Attempts until one succeeds, the blob is poison, or the host stops. Rejects on faults of the storage. */
async function processBlob(run: Run, version: BlobVersion, captured: Record<string, string>): Promise<void> {
  const { attempts: maximum, limit, retryMs } = run.options;
  const receipt = run.receipts.find(version);
  let attempts = receipt?.state === 'running' ? receipt.attempts : 0;
  while (attempts < maximum) {
    if (run.signal.aborted) return;
    attempts++;
    const succeeded = await limit(() => attempt(run, version, captured, attempts));
    if (succeeded === undefined) return;
    if (succeeded) return run.receipts.record(version, { state: 'completed' });
    const wait = retryMs * Math.min(2 ** (attempts - 1), LONGEST_RETRY_WAIT);
    if (attempts < maximum && !(await waited(wait, run.signal))) return;
  }
  await poison(run, version);
}

/**
 * One attempt; the number is on record before the function starts. A blob that is gone or has changed
 * meanwhile needs no run: the new version has an etag of its own. `undefined`: the host began to stop.
 */
async function attempt(
  run: Run,
  version: BlobVersion,
  captured: Record<string, string>,
  number: number,
): Promise<boolean | undefined> {
  if (run.signal.aborted) return undefined;
  await run.receipts.record(version, { state: 'running', attempts: number });
  const blob = run.container.getBlobClient(version.name);
  const loaded = await loadBlob(run, blob, version, captured);
  if (loaded === undefined) return true;
  const { fn, invoke, binding } = run.options;
  try {
    await invoke(fn, {
      inputData: [{ name: binding.name, data: loaded.data }],
      triggerMetadata: loaded.metadata,
    });
    return true;
  } catch {
    // The invocation has been logged with its error; here only the count matters.
    return false;
  }
}

async function loadBlob(
  run: Run,
  blob: BlobClient,
  version: BlobVersion,
  captured: Record<string, string>,
): Promise<{ data: RpcTypedData; metadata: Record<string, RpcTypedData> } | undefined> {
  const { binding } = run.options;
  const conditions = { ifMatch: `"${version.etag}"` };
  try {
    const properties = await blob.getProperties({ conditions });
    const data = binding.deferred
      ? blobReference(version, binding.connectionName)
      : { bytes: await download(blob, conditions, properties.contentLength ?? 0) };
    return { data, metadata: blobTriggerMetadata(version, blob.url, captured, properties) };
  } catch (error) {
    const gone = error instanceof RestError && (error.statusCode === 404 || error.statusCode === 412);
    if (gone) return undefined;
    throw error;
  }
}

/** The SDK refuses to download an empty blob into a buffer. */
async function download(blob: BlobClient, conditions: { ifMatch: string }, length: number): Promise<Buffer> {
  return length === 0 ? Buffer.alloc(0) : blob.downloadToBuffer(0, undefined, { conditions });
}

/** The queue extension's default encoding is base64. */
async function poison(run: Run, version: BlobVersion): Promise<void> {
  const { binding, hostId, fn, attempts } = run.options;
  const queue = QueueServiceClient.fromConnectionString(binding.connectionString).getQueueClient(
    POISON_QUEUE,
  );
  await queue.createIfNotExists();
  const text = poisonMessage(version, hostId, fn.metadata.name, 'BlockBlob');
  await queue.sendMessage(Buffer.from(text).toString('base64'));
  await run.receipts.record(version, { state: 'poisoned' });
  warn(run, `Blob "${version.name}" failed ${attempts} times and went to the queue ${POISON_QUEUE}.`);
}

function warn(run: Run, message: string): void {
  run.options.log({
    level: 'warning',
    category: 'host',
    functionName: run.options.fn.metadata.name,
    message,
  });
}
