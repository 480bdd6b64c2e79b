import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../client/api-client.ts';
import type { OptionValues } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandError, usageError } from './failure.ts';
import { type World, variable } from './world.ts';

const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The API as flags and environment name it, or that of the local cloud. Throws a CommandError. */
export async function openClient(options: OptionValues, world: World): Promise<ApiClient> {
  const url = await addressOf(options, world);
  const key = await keyOf(options, world);
  const token = sendable('OTA_TOKEN', variable(world, 'OTA_TOKEN'));
  if (
    (key !== undefined || token !== undefined) &&
    url.protocol === 'http:' &&
    !isThisMachine(url.hostname)
  ) {
    throw usageError(`The key would cross the network readable by all: ${url.origin} is not https.`, [
      'Use the https address of the app.',
    ]);
  }
  const baseUrl = `${url.origin}${url.pathname.replace(/\/(?:api\/?)?$/, '')}`;
  return new ApiClient({ baseUrl, key, ...(token !== undefined && { token: async () => token }) });
}

/** Where the local cloud of this directory or this checkout says that it is. */
export async function localCloud(world: Pick<World, 'directory'>) {
  const { readEndpoints } = await import('../local/endpoints.ts');
  return (
    (await readEndpoints(join(world.directory, '.local'))) ?? (await readEndpoints(join(CHECKOUT, '.local')))
  );
}

async function addressOf(options: OptionValues, world: World): Promise<URL> {
  const given = options.text('url') ?? variable(world, 'OTA_URL') ?? (await localCloud(world))?.http;
  if (given === undefined) {
    throw usageError('Where is the app?', [
      'Name it with --url https://example.azurewebsites.net, or in OTA_URL.',
      'Or start the local cloud with: npm start. It is found by itself then.',
    ]);
  }
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw usageError(`"${given}" is no address.`, ['It looks like https://example.azurewebsites.net']);
  }
  if (url.search !== '' || url.username !== '' || url.password !== '') {
    throw usageError('The address must hold no key, user or query: these end up in logs.', [
      'Put the key into OTA_KEY, or into a file and name it with --key-file.',
    ]);
  }
  return url;
}

async function keyOf(options: OptionValues, world: World): Promise<string | undefined> {
  const file = options.text('key-file');
  if (file === undefined) return sendable('OTA_KEY', variable(world, 'OTA_KEY'));
  return sendable(`The file ${file}`, (await keyFile(resolve(world.directory, file), file)).trim());
}

/** What may stand in a header. `fetch` would refuse anything else too, and repeat it in its error. */
function sendable(where: string, secret: string | undefined): string | undefined {
  if (secret === undefined || /^[\x21-\x7E]+$/.test(secret)) return secret;
  throw usageError(`${where} does not hold a key or token alone: it has to be one word.`, [
    'Copy it once more, without quotes, spaces or line breaks.',
  ]);
}

async function keyFile(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError(
      exitCodes.notFound,
      `The key file ${shown} cannot be read.`,
      ['Name the file that holds the function key, or put the key into OTA_KEY.'],
      cause,
    );
  }
}

function isThisMachine(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
