import type { OptionValues } from './command.ts';
import { usageError } from './failure.ts';
import { type World, variable } from './world.ts';

/** The account that images are dropped into, and how one gets in. */
export type StorageAccount =
  /** As whoever is signed in. */
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'connection-string'; readonly connectionString: string };

/**
 * The account as `--storage` or else `OTA_STORAGE` names it; undefined where neither does. An option stands
 * in the list of processes and in the history of the shell, so it may not hold a secret: a connection string
 * is taken from the environment alone. Throws a CommandError, which does not repeat what was given.
 */
export function storageAccount(options: OptionValues, world: Pick<World, 'env'>): StorageAccount | undefined {
  const option = options.text('storage');
  if (option !== undefined) return optionAccount(option);
  const value = variable(world, 'OTA_STORAGE');
  if (value === undefined) return undefined;
  if (isConnectionString(value)) return { kind: 'connection-string', connectionString: value };
  const url = accountUrl(value);
  if (url !== undefined) return { kind: 'url', url };
  throw usageError(`OTA_STORAGE is neither a connection string nor the URL of an account, as ${EXAMPLE}.`, [
    'A URL with a SAS is not taken: a connection string may hold one, as SharedAccessSignature.',
  ]);
}

const EXAMPLE = 'https://example.blob.core.windows.net';

function optionAccount(text: string): StorageAccount {
  const url = accountUrl(text);
  if (url !== undefined) return { kind: 'url', url };
  if (!isConnectionString(text) && !text.includes('?')) {
    throw usageError(`--storage takes the URL of the account, as ${EXAMPLE}.`);
  }
  throw usageError(
    '--storage takes no connection string and no SAS: others see options, and these are secrets.',
    [
      'Put the connection string into the environment variable OTA_STORAGE, and leave --storage out.',
      `Or sign in with az login, and name the URL of the account alone: --storage ${EXAMPLE}`,
      'What stood on the command line may have been read: give the account a new key, or revoke the SAS.',
    ],
  );
}

function isConnectionString(text: string): boolean {
  return /(?:AccountName|AccountKey|SharedAccessSignature|UseDevelopmentStorage)=/i.test(text);
}

function accountUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.search === '' && url.username === '' && url.password === '';
  return url?.protocol === 'https:' && isPlain ? url.href : undefined;
}
