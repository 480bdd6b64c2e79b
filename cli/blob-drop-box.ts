import { exitCodes } from './exit-codes.ts';
import { CommandError, usageError } from './failure.ts';
import type { StorageAccount } from './storage-account.ts';
import type { DropBox, UploadOutcome, UploadRequest } from './upload-outcome.ts';

/**
 * The drop box as any storage client sees it: metadata says what is asked for, index tags of the blob say
 * what became of it.
 */
export async function blobDropBox(account: StorageAccount, container: string): Promise<DropBox> {
  const blobs = (await serviceOf(account)).getContainerClient(container);
  return {
    put: async (request, bytes) => {
      const options = {
        metadata: storable(metadataOf(request)),
        blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
      };
      const blob = blobs.getBlockBlobClient(request.name);
      await translated(() => blob.uploadData(bytes, options));
    },
    outcome: async ({ name }) => {
      const { tags } = await translated(() => blobs.getBlockBlobClient(name).getTags());
      return outcomeIn(tags);
    },
  };
}

/** The metadata that a person would set in Storage Explorer. */
export function metadataOf(request: UploadRequest): Record<string, string> {
  const { version, deviceType, plan, targetCondition, priority, labels, dryRun } = request;
  const given = {
    fwversion: version,
    devicetype: deviceType,
    plan,
    targetcondition: targetCondition,
    priority,
    dryrun: dryRun ? 'true' : undefined,
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label_${name}`, value])),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** Metadata travels in headers: throws a CommandError where Blob Storage, or Node.js before it, would refuse it. */
export function storable(metadata: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[a-z_][a-z0-9_]*$/i.test(name)) {
      throw usageError(`"${name}" cannot be metadata of a blob.`, [
        'Name a label with letters, digits and underscores alone.',
      ]);
    }
    if (!/^[\x20-\x7E]*$/.test(value)) {
      throw usageError(`"${value}" cannot be metadata of a blob: it holds more than ASCII.`, [
        `Write ${name} without accents, symbols and line breaks.`,
      ]);
    }
  }
  return { ...metadata };
}

/** What the app has written on the blob; nothing yet while it has not looked at it. */
export function outcomeIn(tags: Readonly<Record<string, string>>): UploadOutcome {
  switch (tags['otaOutcome']) {
    case 'admitted':
      return { outcome: 'admitted', rollout: tags['otaRollout'] ?? '' };
    case 'refused':
      return { outcome: 'refused', code: tags['otaCode'] ?? '', message: tags['otaReason'] ?? '' };
    case 'dry-run':
      return { outcome: 'dry-run', message: tags['otaReason'] ?? '' };
    default:
      return { outcome: 'pending' };
  }
}

async function serviceOf(account: StorageAccount) {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  if (account.kind === 'url') return new BlobServiceClient(account.url, await signedIn());
  try {
    return BlobServiceClient.fromConnectionString(account.connectionString);
  } catch (cause) {
    // Not in its own words: they might repeat a part of the secret.
    throw new CommandError(
      exitCodes.usage,
      'OTA_STORAGE is not a whole connection string.',
      ['Copy it once more: az storage account show-connection-string --name ACCOUNT'],
      cause,
    );
  }
}

/** Whoever is signed in: with the Azure CLI, as a managed identity, by the environment of a pipeline. */
async function signedIn() {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

/** The SDK's errors, with what to do about them. */
async function translated<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw storageError(error);
  }
}

function storageError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === 404) {
    return new CommandError(
      exitCodes.notFound,
      'The storage account has no such container or blob.',
      ['Name the container that images are dropped into with --container.'],
      error,
    );
  }
  if (status === 401 || status === 403 || error.name === 'CredentialUnavailableError') {
    return new CommandError(
      exitCodes.denied,
      'The storage account does not let you in.',
      ['You need the role Storage Blob Data Owner, which may read index tags too; sign in with: az login'],
      error,
    );
  }
  if (typeof status === 'number' && status < 500) {
    return new CommandError(
      status === 409 || status === 412 ? exitCodes.conflict : exitCodes.usage,
      'The storage account does not take the upload.',
      [`It said: ${firstLine(error)}`],
      error,
    );
  }
  if (error.name === 'RestError' || error.name === 'AggregateAuthenticationError') {
    return new CommandError(
      exitCodes.unreachable,
      'The storage account does not answer.',
      [`It said: ${firstLine(error)}`],
      error,
    );
  }
  return error;
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0] ?? '';
}
