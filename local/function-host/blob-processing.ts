import { type BlobClient, type ContainerClient, RestError } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { BlobReceipts, BlobVersion } from './blob-receipts.ts';
import { blobReference, blobTriggerMetadata, poisonMessage } from './blob-rpc.ts';
import type { RegisteredFunction } from './core-api.ts';
import type { RpcTypedData } from './core-contract.ts';
import type { HostLog } from './host-messages.ts';
import type { Invoke } from './invoke.ts';
import { waited } from './retry-policy.ts';
import type { BlobBinding } from './trigger-binding.ts';

const POISON_QUEUE = 'webjobs-blobtrigger-poison';
/** The waits between attempts double up to this many times the first one. */
const LONGEST_RETRY_WAIT = 16;

/** What it takes to run one function on its blobs. */
export interface BlobWork {
  readonly fn: RegisteredFunction;
  readonly binding: BlobBinding;
  readonly container: ContainerClient;
  readonly receipts: BlobReceipts;
  readonly hostId: string;
  readonly invoke: Invoke;
  readonly log: HostLog;
  /** Wait in ms before the second attempt; it doubles from there. */
  readonly retryMs: number;
  /** host.json poisonBlobThreshold: attempts before the poison queue. */
  readonly attempts: number;
  /** host.json maxDegreeOfParallelism, shared by all blob functions of the app. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
  /** Aborts when the host stops: nothing new begins. */
  readonly stopping: AbortSignal;
}

/** A blob version that a scan came upon. */
export interface FoundBlob extends BlobVersion {
  /** BlockBlob, PageBlob or AppendBlob. */
  readonly blobType: string;
  /** The parts of the name that the path pattern captured. */
  readonly captured: Readonly<Record<string, string>>;
}

type AttemptResult = 'handled' | 'failed' | 'host stops';

/**
 * Attempts until one succeeds, the blob is poison, or the host stops. Attempts of earlier processes
 * count. Rejects on faults of the storage; the receipt is unfinished then, and the blob's turn comes again.
 */
export async function processBlob(work: BlobWork, blob: FoundBlob): Promise<void> {
  const receipt = work.receipts.find(blob);
  let attempts = receipt?.state === 'running' ? receipt.attempts : 0;
  while (attempts < work.attempts) {
    attempts++;
    const result = await work.limit(() => attempt(work, blob, attempts));
    if (result === 'host stops') return;
    if (result === 'handled') return work.receipts.record(blob, { state: 'completed' });
    const wait = work.retryMs * Math.min(2 ** (attempts - 1), LONGEST_RETRY_WAIT);
    if (attempts < work.attempts && !(await waited(wait, work.stopping))) return;
  }
  await poison(work, blob);
}

/**
 * One attempt; its number is on record before the function starts. A blob that is gone or has changed
 * meanwhile needs no run: the new version has an etag of its own.
 */
async function attempt(work: BlobWork, blob: FoundBlob, number: number): Promise<AttemptResult> {
  if (work.stopping.aborted) return 'host stops';
  await work.receipts.record(blob, { state: 'running', attempts: number });
  const loaded = await load(work, blob);
  if (loaded === undefined) return 'handled';
  const inputData = [{ name: work.binding.name, data: loaded.data }];
  try {
    await work.invoke(work.fn, { inputData, triggerMetadata: loaded.metadata });
    return 'handled';
  } catch {
    // The invocation has been logged with its error; here only the count matters.
    return 'failed';
  }
}

/** `undefined` where this version of the blob is no longer there. */
async function load(
  { binding, container }: BlobWork,
  blob: FoundBlob,
): Promise<{ data: RpcTypedData; metadata: Record<string, RpcTypedData> } | undefined> {
  const client = container.getBlobClient(blob.name);
  const conditions = { ifMatch: `"${blob.etag}"` };
  try {
    const properties = await client.getProperties({ conditions });
    const data = binding.deferred
      ? blobReference(blob, binding.connectionName)
      : { bytes: await download(client, conditions, properties.contentLength ?? 0) };
    return { data, metadata: blobTriggerMetadata(blob, client.url, blob.captured, properties) };
  } catch (error) {
    if (error instanceof RestError && (error.statusCode === 404 || error.statusCode === 412))
      return undefined;
    throw error;
  }
}

/** The SDK refuses to download an empty blob into a buffer. */
async function download(
  client: BlobClient,
  conditions: { ifMatch: string },
  length: number,
): Promise<Buffer> {
  return length === 0 ? Buffer.alloc(0) : client.downloadToBuffer(0, undefined, { conditions });
}

/** The message first: a crash in between gives two messages rather than none. Base64 is the queue extension's encoding. */
async function poison(work: BlobWork, blob: FoundBlob): Promise<void> {
  const { binding, hostId, fn, attempts, log } = work;
  const functionName = fn.metadata.name;
  const queue = QueueServiceClient.fromConnectionString(binding.connectionString).getQueueClient(
    POISON_QUEUE,
  );
  await queue.createIfNotExists();
  await queue.sendMessage(
    Buffer.from(poisonMessage(blob, hostId, functionName, blob.blobType)).toString('base64'),
  );
  await work.receipts.record(blob, { state: 'poisoned' });
  const message = `Blob "${blob.name}" failed ${attempts} times and went to the queue ${POISON_QUEUE}.`;
  log({ level: 'warning', category: 'host', functionName, message });
}
