import type { BlobGetPropertiesResponse } from '@azure/storage-blob';
import type { BlobVersion } from './blob-receipts.ts';
import type { RpcTypedData } from './core-contract.ts';

/** The reference that a function with `sdkBinding` gets instead of the content. */
export function blobReference(version: BlobVersion, connectionName: string): RpcTypedData {
  const content = { Connection: connectionName, ContainerName: version.container, BlobName: version.name };
  return {
    modelBindingData: {
      version: '1.0',
      source: 'AzureStorageBlobs',
      contentType: 'application/json',
      content: Buffer.from(JSON.stringify(content)),
    },
  };
}

/**
 * The trigger metadata as the host sends it, with .NET's spelling; the library lower-cases the first
 * letter of every key, recursively (`ETag` becomes `eTag`).
 */
export function blobTriggerMetadata(
  version: BlobVersion,
  uri: string,
  captured: Readonly<Record<string, string>>,
  properties: BlobGetPropertiesResponse,
): Record<string, RpcTypedData> {
  const metadata: Record<string, RpcTypedData> = {
    BlobTrigger: { string: `${version.container}/${version.name}` },
    Uri: { json: JSON.stringify(uri) },
    Properties: { json: JSON.stringify(dotnetProperties(properties)) },
    Metadata: { json: JSON.stringify(properties.metadata ?? {}) },
  };
  for (const [name, value] of Object.entries(captured)) metadata[name] = { string: value };
  return metadata;
}

/** The members of .NET's BlobProperties that apply to an uploaded blob. The etag is quoted, as in the header. */
function dotnetProperties(properties: BlobGetPropertiesResponse): Record<string, unknown> {
  return {
    LastModified: properties.lastModified,
    CreatedOn: properties.createdOn,
    Metadata: properties.metadata ?? {},
    BlobType: properties.blobType,
    LeaseStatus: properties.leaseStatus,
    LeaseState: properties.leaseState,
    ContentLength: properties.contentLength,
    ContentType: properties.contentType,
    ContentEncoding: properties.contentEncoding,
    ContentDisposition: properties.contentDisposition,
    ContentHash: properties.contentMD5 && Buffer.from(properties.contentMD5).toString('base64'),
    CacheControl: properties.cacheControl,
    AccessTier: properties.accessTier,
    ETag: properties.etag,
  };
}

/** The message for the poison queue, in the documented shape. */
export function poisonMessage(
  version: BlobVersion,
  hostId: string,
  functionName: string,
  blobType: string,
): string {
  return JSON.stringify({
    FunctionId: `${hostId}.Functions.${functionName}`,
    BlobType: blobType,
    ContainerName: version.container,
    BlobName: version.name,
    ETag: `"${version.etag}"`,
  });
}
