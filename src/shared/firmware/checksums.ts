import { createHash } from 'node:crypto';
import crc16xmodem from 'crc/calculators/crc16xmodem';

/** What identifies an image's bytes. */
export interface Checksums {
  /** Bytes. */
  readonly size: number;
  /** CRC-16/XMODEM (polynomial 0x1021, start 0, no reflection, no final XOR): what the DevKit computes. */
  readonly crc16: number;
  /** Lower-case hex, 64 digits. */
  readonly sha256: string;
}

/**
 * Size, CRC-16 and SHA-256 over one pass of chunks. The calculator of the `crc` package is used without
 * the wrapper around it, which would copy each chunk.
 */
export class ChecksumStream {
  #size = 0;
  #crc16 = 0;
  readonly #sha256 = createHash('sha256');

  update(chunk: Uint8Array): void {
    this.#size += chunk.length;
    this.#crc16 = crc16xmodem(chunk, this.#crc16);
    this.#sha256.update(chunk);
  }

  /** Ends the stream: call it once. */
  digest(): Checksums {
    return { size: this.#size, crc16: this.#crc16, sha256: this.#sha256.digest('hex') };
  }
}

/** The checksums of bytes that are in memory. */
export function checksumsOf(bytes: Uint8Array): Checksums {
  const stream = new ChecksumStream();
  stream.update(bytes);
  return stream.digest();
}

/**
 * `0x` and four hex digits: the one spelling that both known device parsers read alike (base 16, and
 * base 0 with a seven-byte buffer).
 */
export function crc16Text(crc16: number): string {
  return `0x${crc16.toString(16).padStart(4, '0')}`;
}
