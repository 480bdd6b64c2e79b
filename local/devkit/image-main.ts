/** The command `npm run image`: writes a synthetic firmware image, to try an upload with. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Crc16 } from './crc16.ts';
import { buildFirmwareImage, fullFlashImage, ImageTooSmallError } from './firmware-image.ts';

const USAGE = `Writes a synthetic firmware image for an MXChip IoT DevKit: it passes every check, nothing in it runs.

  npm run image -- --version 1.0.1 [options]

  --version V      the version in the file's name and compiled in
  --compiled-in V  another version compiled in: devices come back with their old one
  --size N         bytes (default 600000; more than 999424 does not fit a device)
  --seed N         another seed, other bytes (default 1)
  --full-flash     what the board's whole flash looks like; it is refused
  --out FILE       default FirmwareOTA-<version>.bin
`;

const OPTIONS = {
  version: { type: 'string' },
  'compiled-in': { type: 'string' },
  size: { type: 'string', default: '600000' },
  seed: { type: 'string', default: '1' },
  'full-flash': { type: 'boolean', default: false },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

await main();

async function main(): Promise<void> {
  const values = parse();
  if (typeof values === 'string') return refuse(values);
  if (values.help) return void process.stdout.write(USAGE);
  const { version, size, seed } = values;
  if (version === undefined) return refuse('--version is missing.');
  if (!/^\d+$/.test(size) || !/^\d+$/.test(seed)) return refuse('--size and --seed must be whole numbers.');
  const appVersion = values['compiled-in'] ?? version;
  try {
    const application = buildFirmwareImage({ version, size: Number(size), seed: Number(seed), appVersion });
    const image = values['full-flash'] ? fullFlashImage(application) : application;
    await write(values.out ?? `FirmwareOTA-${version}.bin`, image);
  } catch (error) {
    if (!(error instanceof ImageTooSmallError)) throw error;
    refuse(error.message);
  }
}

function parse() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function write(file: string, image: Buffer): Promise<void> {
  await writeFile(file, image);
  const crc = new Crc16();
  crc.update(image);
  process.stdout.write(
    `${file}: ${image.length} bytes, CRC 0x${crc.value().toString(16).padStart(4, '0')}\n`,
  );
}

function refuse(why: string): void {
  process.stderr.write(`${why}\nSee: npm run image -- --help\n`);
  process.exitCode = 2;
}
