import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of an upload that is held, so much is let through first. */
const LET_THROUGH = 64 * 1024;

/**
 * Stands before the local cloud as Azure stands before the app: asks for a function key, which the local cloud
 * does not, and takes uploads as slowly as a line may be.
 */
export class FrontDoor {
  /** Whoever has not this key gets what the Functions host answers: 401 and no body. Absent: all are let in. */
  key: string | undefined;
  /** How long each question about an upload is on its way. Milliseconds. */
  latencyMs = 0;
  readonly origin: string;
  readonly #server: Server;
  #held: { readonly until: Promise<void>; readonly release: () => void } | undefined;

  static async start(app: string): Promise<FrontDoor> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FrontDoor(app, server);
  }

  private constructor(app: string, server: Server) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (asked, answer) => {
      if (this.#isBarred(asked)) answer.writeHead(401, { 'content-length': '0' }).end();
      else void this.#pass(app, asked, answer);
    });
  }

  /** Takes the beginning of each upload and no more of it, until the function that it gives is called. */
  holdUploads(): () => void {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held = { until, release };
    return () => {
      this.#held = undefined;
      release();
    };
  }

  async close(): Promise<void> {
    this.#held?.release();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #isBarred({ url = '/', headers }: IncomingMessage): boolean {
    return this.key !== undefined && url.startsWith('/api/') && headers['x-functions-key'] !== this.key;
  }

  async #pass(app: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = asked;
    if (method === 'GET' && url.startsWith('/api/uploads/')) await sleep(this.latencyMs);
    const onward = request(new URL(url, app), { method, headers });
    onward.on('response', (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    // A browser that goes away takes what it asked for with it.
    answer.on('close', () => onward.destroy());
    const held = method === 'PUT' ? this.#held : undefined;
    const body = held === undefined ? asked : Readable.from(slowed(asked, held.until));
    body.on('error', () => onward.destroy());
    body.pipe(onward);
  }
}

/** The body as it comes, but for a long wait after its beginning. */
async function* slowed(body: IncomingMessage, until: Promise<void>): AsyncGenerator<Buffer> {
  let passed = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    passed += chunk.length;
    if (passed > LET_THROUGH) await until;
    yield chunk;
  }
}
