import { createHash } from 'node:crypto';
import crc16xmodem from 'crc/calculators/crc16xmodem';
import { ChecksumStream } from '../src/shared/firmware/checksums.ts';
import type { Figure } from './figure.ts';
import { interleaved, measured, median, medianRatio } from './measure.ts';

/** As the bytes of a blob arrive. */
const CHUNK = 64 * 1024;

/** How fast the checksums of an image are, each alone and both in one pass as admission takes them. */
export async function checksumRates(image: Buffer, rounds: number): Promise<Figure[]> {
  const chunks = Array.from({ length: Math.ceil(image.length / CHUNK) }, (_, index) =>
    image.subarray(index * CHUNK, (index + 1) * CHUNK),
  );
  const timed = async (task: () => void): Promise<number> => (await measured(async () => task())).cpuMs;
  const crc = () => void chunks.reduce((sum, chunk) => crc16xmodem(chunk, sum), 0);
  const sha256 = () => void chunks.reduce((hash, chunk) => hash.update(chunk), createHash('sha256')).digest();
  const both = () => {
    const stream = new ChecksumStream();
    for (const chunk of chunks) stream.update(chunk);
    stream.digest();
  };
  const tasks = { crc: () => timed(crc), sha256: () => timed(sha256), both: () => timed(both) };
  await interleaved(5, tasks);
  const cpuMs = await interleaved(rounds, tasks);
  const megabytesPerSecond = (times: readonly number[]): number => image.length / 1000 / median(times);
  return [
    { figure: 'CRC-16/XMODEM by the crc package', value: megabytesPerSecond(cpuMs.crc), unit: 'MB/s' },
    { figure: 'SHA-256 by node:crypto', value: megabytesPerSecond(cpuMs.sha256), unit: 'MB/s' },
    { figure: 'both in one pass', value: megabytesPerSecond(cpuMs.both), unit: 'MB/s' },
    {
      figure: 'both in one pass, time to SHA-256 alone',
      value: medianRatio(cpuMs.both, cpuMs.sha256),
      unit: 'x',
    },
  ];
}
