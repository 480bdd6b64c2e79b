/**
 * Synthetic DevKit images: nothing in them runs, but everything that can be checked about a real one from
 * outside holds (vector table, addresses, the version compiled in as text).
 */
import { seededRandom } from './seeded-random.ts';

/** Where the application starts in flash; the bootloader fills what is below. */
const APPLICATION_START = 0x0800c000;
const BOOTLOADER_SIZE = 0xc000;
const RAM_END = 0x20040000;

/** 16 system vectors and 97 interrupts of the board's STM32F412. */
const VECTORS = 113;
const RESERVED_VECTORS = new Set([7, 8, 9, 10, 13]);
const VECTOR_TABLE_SIZE = VECTORS * 4;

export interface FirmwareImageOptions {
  /** The version that the image is meant to be, as in `fwVersion`. */
  version: string;
  /** Bytes of the whole image. */
  size: number;
  /** Same seed, same bytes. Default 1. */
  seed?: number;
  /** The text really compiled in; differs from `version` in an image that was built wrong. */
  appVersion?: string;
  /** Default `IoTDevKit`. */
  deviceType?: string;
}

/** The size leaves no room for a vector table and the texts. */
export class ImageTooSmallError extends Error {
  readonly code = 'IMAGE_TOO_SMALL';

  constructor(size: number, least: number) {
    super(`An image of ${size} bytes cannot be built: at least ${least} are needed.`);
    this.name = 'ImageTooSmallError';
  }
}

/** An application image as the tools put it into a `.bin`: what is uploaded and what a device downloads. */
export function buildFirmwareImage(options: FirmwareImageOptions): Buffer {
  const { version, size, seed = 1, appVersion = version, deviceType = 'IoTDevKit' } = options;
  const texts = textSection(appVersion, deviceType);
  const least = VECTOR_TABLE_SIZE + texts.length;
  if (size < least) throw new ImageTooSmallError(size, least);

  const random = seededRandom(seed);
  const image = pseudoCode(size, random);
  writeVectors(image, random);
  const room = size - least;
  texts.copy(image, VECTOR_TABLE_SIZE + Math.floor(room / 2));
  return image;
}

/** What the board's whole flash looks like: often uploaded by mistake in place of the application. */
export function fullFlashImage(application: Buffer): Buffer {
  const bootloader = Buffer.alloc(BOOTLOADER_SIZE, 0xff);
  pseudoCode(BOOTLOADER_SIZE / 2, seededRandom(0)).copy(bootloader);
  bootloader.writeUInt32LE(0x2000d650, 0);
  bootloader.writeUInt32LE(0x08000035, 4);
  return Buffer.concat([bootloader, application]);
}

/** C strings, each with its NUL, and a NUL before the first. */
function textSection(appVersion: string, deviceType: string): Buffer {
  const texts = [
    '',
    appVersion,
    deviceType,
    'FirmwareOTA',
    'currentFwVersion',
    'fwUpdateStatus',
    'AZ3166',
    '',
  ];
  return Buffer.from(texts.join('\0'), 'ascii');
}

function writeVectors(image: Buffer, random: () => number): void {
  image.writeUInt32LE(RAM_END, 0);
  for (let index = 1; index < VECTORS; index++) {
    const vector = RESERVED_VECTORS.has(index) ? 0 : thumbAddress(image.length, random);
    image.writeUInt32LE(vector, index * 4);
  }
}

/** Odd, as every Thumb function's address, and behind the vector table where the image has room there. */
function thumbAddress(size: number, random: () => number): number {
  const offset = VECTOR_TABLE_SIZE + Math.floor(random() * (size - VECTOR_TABLE_SIZE));
  return (APPLICATION_START + Math.min(offset, size - 2)) | 1;
}

function pseudoCode(size: number, random: () => number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; at++) bytes[at] = random() * 256;
  return bytes;
}
