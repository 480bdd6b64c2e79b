import { createServer, type Server } from 'node:https';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCertificates, type Certificates } from '../../local/certificates.ts';
import { Crc16 } from '../../local/devkit/crc16.ts';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import {
  downloadFirmware,
  OTA_AREA_BYTES,
  type DownloadOptions,
} from '../../local/devkit/firmware-download.ts';
import { listenOnFreePort } from './devkit-server.ts';

const IMAGE = buildFirmwareImage({ version: '1.0.1', size: 100_000 });

let certificates: Certificates;
let server: Server;
let port = 0;
let answer: RequestListener = () => undefined;
let requests: IncomingMessage[] = [];

beforeAll(async () => {
  certificates = await createCertificates();
  server = createServer(certificates, (request, response) => {
    requests.push(request);
    answer(request, response);
  });
  port = await listenOnFreePort(server);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
  answer = (_, response) => response.end(IMAGE);
});

describe('the download of a DevKit', () => {
  it('measures what it receives and sees whether the version is in it', async () => {
    await expect(download()).resolves.toEqual({
      kind: 'received',
      size: 100_000,
      crc: crcOf(IMAGE),
      holdsVersion: true,
    });
    await expect(download({ version: '1.0.2' })).resolves.toMatchObject({ holdsVersion: false });
  });

  it('sends the path and the query as they are, and the host without its port', async () => {
    await download({ uri: `https://user:pw@localhost:${port}/a%2Fb/../f.bin?sv=1&sig=a%2bB%3D'#part` });
    expect(requests[0]?.method).toBe('GET');
    expect(requests[0]?.url).toBe("/a%2Fb/../f.bin?sv=1&sig=a%2bB%3D'");
    expect(requests[0]?.headers).toEqual({ host: 'localhost', connection: 'close' });
  });

  it('takes a chunked reply', async () => {
    answer = (_, response) => {
      response.write(IMAGE.subarray(0, 1000));
      response.end(IMAGE.subarray(1000));
    };
    await expect(download()).resolves.toMatchObject({ kind: 'received', crc: crcOf(IMAGE) });
  });

  it('measures an encoded reply as it came over the wire', async () => {
    answer = (_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(IMAGE);
    };
    await expect(download()).resolves.toMatchObject({ kind: 'received', size: 100_000 });
  });

  it.each([204, 206, 301, 302, 403, 404, 500])(
    'takes status %i for a failure, and asks once',
    async (status) => {
      answer = (_, response) => {
        response.writeHead(status, { location: '/elsewhere' });
        response.end(status === 204 ? undefined : IMAGE);
      };
      await expect(download()).resolves.toEqual({ kind: 'failed', cause: `status ${status}` });
      expect(requests).toHaveLength(1);
    },
  );

  it('fills the OTA area to its last byte and not beyond', async () => {
    answer = (_, response) => response.end(Buffer.alloc(OTA_AREA_BYTES, 0xff));
    await expect(download()).resolves.toMatchObject({ kind: 'received', size: 999_424, crc: 0xde88 });
    answer = (_, response) => response.end(Buffer.alloc(OTA_AREA_BYTES + 1, 0xff));
    await expect(download()).resolves.toEqual({ kind: 'flash-full' });
  });

  it('reports an empty reply as received: the device judges it later', async () => {
    answer = (_, response) => response.end();
    await expect(download()).resolves.toMatchObject({ kind: 'received', size: 0, crc: 0 });
  });

  it('fails when the server breaks off', async () => {
    answer = (_, response) => breakOff(response);
    await expect(download()).resolves.toMatchObject({ kind: 'failed' });
  });

  it('fails without the right root, on a wrong host name, at a closed port, and on no URI at all', async () => {
    await expect(download({ ca: undefined })).resolves.toMatchObject({ kind: 'failed' });
    await expect(download({ uri: `https://127.0.0.2:${port}/f` })).resolves.toMatchObject({ kind: 'failed' });
    await expect(download({ uri: 'https://localhost:1/f' })).resolves.toMatchObject({ kind: 'failed' });
    await expect(download({ uri: 'https:localhost' })).resolves.toMatchObject({ kind: 'failed' });
    await expect(download({ uri: `https://localhost:${port}/a b` })).resolves.toMatchObject({
      kind: 'failed',
    });
    expect(requests).toHaveLength(0);
  });
});

describe('a spoiled download', () => {
  it('has its size but another check value when a byte is flipped', async () => {
    const outcome = await download({ transfer: 'flipped-byte' });
    expect(outcome).toMatchObject({ kind: 'received', size: 100_000 });
    expect(outcome).not.toMatchObject({ crc: crcOf(IMAGE) });
  });

  it('fails when the connection is cut', async () => {
    await expect(download({ transfer: 'cut' })).resolves.toEqual({
      kind: 'failed',
      cause: 'the connection broke',
    });
  });
});

describe('the pace of a download', () => {
  it('is the rate that was asked for', async () => {
    const begin = performance.now();
    await download({ bytesPerSecond: 200_000 });
    const seconds = (performance.now() - begin) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(0.48);
    expect(seconds).toBeLessThan(5);
  });

  it('ends at once when the device is switched off, also while the server is silent', async () => {
    const off = new AbortController();
    answer = (_, response) => {
      response.write('x');
      off.abort(new Error('switched off'));
    };
    await expect(download({ signal: off.signal })).rejects.toThrow('switched off');
  });
});

function download(change: Partial<DownloadOptions> = {}): ReturnType<typeof downloadFirmware> {
  return downloadFirmware({
    uri: `https://localhost:${port}/f.bin`,
    version: '1.0.1',
    ca: certificates.ca,
    bytesPerSecond: 1e9,
    transfer: 'intact',
    signal: new AbortController().signal,
    ...change,
  });
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': IMAGE.length });
  response.write(IMAGE.subarray(0, 50_000), () => response.destroy());
}

function crcOf(image: Buffer): number {
  const crc = new Crc16();
  crc.update(image);
  return crc.value();
}
