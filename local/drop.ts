/** The command `npm run drop`: uploads an image into the running local cloud, as any storage client does. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { buildFirmwareImage } from './devkit/firmware-image.ts';
import { readEndpoints } from './endpoints.ts';

const USAGE = `Uploads a firmware image into the running local cloud.

  npm run drop -- FILE.bin [--metadata key=value ...]
  npm run drop -- --version 1.0.1 [--size 600000]   a synthetic image with this version compiled in
  npm run drop -- --version 1.0.1 --compiled 1.0.0  one that was compiled with another version

  --data DIR   of the local cloud (default .local)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: 'string' },
    compiled: { type: 'string' },
    size: { type: 'string', default: '600000' },
    metadata: { type: 'string', multiple: true, default: [] },
    data: { type: 'string', default: '.local' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [file] = positionals;

if (values.help || (file === undefined) === (values.version === undefined)) {
  process.stdout.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  await drop();
}

async function drop(): Promise<void> {
  const directory = resolve(fileURLToPath(new URL('..', import.meta.url)), values.data);
  const endpoints = await readEndpoints(directory);
  if (!endpoints) {
    process.stderr.write('No local cloud is running: start it with npm start.\n');
    process.exitCode = 1;
    return;
  }
  const { name, bytes } = await image();
  const container = BlobServiceClient.fromConnectionString(endpoints.storage).getContainerClient('firmware');
  await container.getBlockBlobClient(name).uploadData(bytes, { metadata: metadata() });
  process.stdout.write(`Dropped ${name} (${bytes.length} bytes). Watch: ${endpoints.http}/\n`);
}

async function image(): Promise<{ name: string; bytes: Buffer }> {
  if (file !== undefined) return { name: basename(file), bytes: await readFile(file) };
  const version = values.version ?? '';
  const bytes = buildFirmwareImage({
    version,
    size: Number(values.size),
    ...(values.compiled === undefined ? {} : { appVersion: values.compiled }),
  });
  return { name: `FirmwareOTA-${version}.bin`, bytes };
}

function metadata(): Record<string, string> {
  return Object.fromEntries(
    values.metadata.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new Error(`--metadata takes key=value, not "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
