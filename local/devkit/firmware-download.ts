import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Crc16 } from './crc16.ts';
import type { FaultProfile } from './fault-profiles.ts';
import type { Download } from './state-machine.ts';
import { VersionTextFinder } from './version-text-finder.ts';

/** The OTA area of the board's flash; one byte more is refused by the flash driver. */
export const OTA_AREA_BYTES = 0xf4000;

export interface DownloadOptions {
  /** `fwPackageURI` as it was received. */
  uri: string;
  /** The version to look for in the image. */
  version: string;
  /** PEM of the only roots that are trusted; the system's without it. */
  ca?: string | undefined;
  bytesPerSecond: number;
  transfer: FaultProfile['transfer'];
  signal: AbortSignal;
}

interface Target {
  hostname: string;
  port: number;
  path: string;
}

/**
 * Downloads an image as the board does: one GET, only status 200, no redirect, no range, no second try;
 * size, check value and the look for the version run over the bytes as they arrive.
 *
 * Whatever goes wrong on the way is an outcome. Rejects only when `signal` is aborted.
 */
export async function downloadFirmware(options: DownloadOptions): Promise<Download> {
  const target = parseTarget(options.uri);
  if (target === undefined) return { kind: 'failed', cause: 'not a URI that the device understands' };
  try {
    const response = await get(target, options);
    try {
      if (response.statusCode !== 200) return { kind: 'failed', cause: `status ${response.statusCode}` };
      return await receive(response, options);
    } finally {
      response.destroy();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    return { kind: 'failed', cause: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Host, port, and path with query exactly as written (a signature in the query must not be normalised);
 * user information and fragment are dropped.
 */
function parseTarget(uri: string): Target | undefined {
  const match = /^https:\/\/(?:[^@/?#]*@)?([^:/?#]+)(?::(\d{1,5}))?([^?#]*(?:\?[^#]*)?)/.exec(uri);
  if (match === null) return undefined;
  const [, hostname = '', port = '443', path = ''] = match;
  return { hostname, port: Number(port), path };
}

/** The device sends the host without its port, and no other header. */
function get(target: Target, options: DownloadOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...target,
        method: 'GET',
        agent: false,
        headers: { host: target.hostname },
        signal: options.signal,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
      resolve,
    );
    outgoing.once('error', reject);
    outgoing.end();
  });
}

async function receive(response: IncomingMessage, options: DownloadOptions): Promise<Download> {
  const { bytesPerSecond, signal, transfer } = options;
  const crc = new Crc16();
  const finder = new VersionTextFinder(options.version);
  const cutAfter = transfer === 'cut' ? halfOf(response) : Number.POSITIVE_INFINITY;
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    if (transfer === 'flipped-byte' && size === 0) flipLastBit(piece);
    if (size + piece.length > OTA_AREA_BYTES) return { kind: 'flash-full' };
    size += piece.length;
    if (size > cutAfter) return { kind: 'failed', cause: 'the connection broke' };
    crc.update(piece);
    finder.update(piece);
    await sleep((piece.length / bytesPerSecond) * 1000, undefined, { signal });
  }
  return { kind: 'received', size, crc: crc.value(), holdsVersion: finder.found() };
}

/** Half the announced length; a chunked reply breaks at its first piece. */
function halfOf(response: IncomingMessage): number {
  return Number(response.headers['content-length'] ?? 0) / 2;
}

function flipLastBit(piece: Buffer): void {
  const last = piece.length - 1;
  piece[last] = (piece[last] ?? 0) ^ 1;
}
