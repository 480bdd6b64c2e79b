import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCodes } from './exit-codes.ts';
import { CommandError } from './failure.ts';

/** The bytes of an image. Throws a CommandError where the file cannot be read. */
export async function firmwareFile(file: string, directory: string): Promise<Buffer<ArrayBuffer>> {
  try {
    return await readFile(resolve(directory, file));
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const message = isMissing ? `There is no file ${file}.` : `The file ${file} cannot be read.`;
    const next = ['Name the .bin that the build has made, as .build/FirmwareOTA.ino.bin'];
    throw new CommandError(exitCodes.notFound, message, next, cause);
  }
}
