import { checksumsOf } from '../../src/shared/firmware/checksums.ts';
import type { Run } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { firmwareFile } from '../firmware-file.ts';

/** `ota crc FILE` */
export const run: Run = async ({ args: [file = ''], output, world }) => {
  const { size, crc16, sha256 } = checksumsOf(await firmwareFile(file, world.directory));
  const text =
    output === 'json'
      ? `${JSON.stringify({ fwPath: file, fwPackageCheckValue: crc16.toString(16), fwSize: size, sha256 }, undefined, 2)}\n`
      : workbenchText(file, crc16, size);
  world.out.write(text);
  return exitCodes.ok;
};

/**
 * What the IoT Workbench prints for "Generate CRC for OTA": hex in lower case, without `0x` and without
 * leading zeros, which the device reads as the same number.
 */
export function workbenchText(path: string, crc16: number, size: number): string {
  return `========== CRC Information ==========

fwPath: ${path}
fwPackageCheckValue: ${crc16.toString(16)}
fwSize: ${size}

======================================
`;
}
