import type { ContainerClient } from '@azure/storage-blob';

/** One version of one blob, for one function. */
export interface BlobVersion {
  readonly container: string;
  readonly name: string;
  /** Without quotes: listings give it so, properties do not. */
  readonly etag: string;
}

/** `running` with the number of attempts begun; the other two are final. */
export type ReceiptState =
  | { readonly state: 'running'; readonly attempts: number }
  | { readonly state: 'completed' }
  | { readonly state: 'poisoned' };

export interface BlobReceipts {
  /** What is known of this version; `undefined`: nothing, it is new. */
  find(version: BlobVersion): ReceiptState | undefined;
  record(version: BlobVersion, state: ReceiptState): Promise<void>;
}

/**
 * The receipts of one function, kept as empty blobs with metadata below
 * `blobreceipts/<host>/<function>/<etag>/<container>/<blob>` of the container azure-webjobs-hosts, as
 * Azure keeps them; deleting one makes the blob run again after a restart. The attempts are counted in
 * it (Azure counts them in a queue message), so that a blob that kills the process is not tried forever.
 * They are read once: this host is the only one of its id.
 */
export async function openBlobReceipts(
  hosts: ContainerClient,
  hostId: string,
  functionName: string,
): Promise<BlobReceipts> {
  const prefix = `blobreceipts/${hostId}/${functionName}/`;
  const known = new Map<string, ReceiptState>();
  for await (const item of hosts.listBlobsFlat({ prefix, includeMetadata: true })) {
    const state = parseReceipt(item.metadata);
    if (state !== undefined) known.set(item.name, state);
  }
  const path = (version: BlobVersion): string =>
    `${prefix}${version.etag}/${version.container}/${version.name}`;
  return {
    find: (version) => known.get(path(version)),
    record: async (version, state) => {
      await hosts.getBlockBlobClient(path(version)).upload('', 0, { metadata: receiptMetadata(state) });
      known.set(path(version), state);
    },
  };
}

function receiptMetadata(state: ReceiptState): Record<string, string> {
  switch (state.state) {
    case 'running':
      return { state: 'running', attempts: String(state.attempts) };
    case 'completed':
    case 'poisoned':
      return { state: state.state };
  }
}

/** `undefined` for metadata that this host did not write: then the blob counts as new. */
function parseReceipt(metadata: Record<string, string> | undefined): ReceiptState | undefined {
  switch (metadata?.['state']) {
    case 'running':
      return { state: 'running', attempts: Number(metadata['attempts']) || 0 };
    case 'completed':
      return { state: 'completed' };
    case 'poisoned':
      return { state: 'poisoned' };
    default:
      return undefined;
  }
}
