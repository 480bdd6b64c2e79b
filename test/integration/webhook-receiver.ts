import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type CloudEvent, cloudEventSchema } from '../../src/shared/webhooks/cloud-event.ts';

/** One request that a receiver got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: Received, count: number) => void;

export const WEBHOOK_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(code, headers).end();
  };

/** Never answers; the socket stays open until the receiver is closed. */
export const hang: Answer = () => undefined;

/** A real HTTP server that keeps what it got, and answers as the test wants. */
export class WebhookReceiver {
  readonly url: string;
  readonly received: Received[] = [];
  answer: Answer = status(204);
  readonly #close: () => Promise<void>;

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new WebhookReceiver((server.address() as AddressInfo).port, async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const got = { path: request.url ?? '', headers: request.headers, body };
        receiver.received.push(got);
        receiver.answer(response, got, receiver.received.length);
      });
    });
    return receiver;
  }

  private constructor(port: number, close: () => Promise<void>) {
    this.url = `http://127.0.0.1:${port}/hook`;
    this.#close = close;
  }

  /** The events that came, each as often as it came; throws where one is not signed with the secret. */
  events(secret = WEBHOOK_SECRET): readonly CloudEvent[] {
    return this.received.map((request) => verified(request, secret));
  }

  /** The events that came, by the last parts of their types, such as `rollout.started`. */
  names(): readonly string[] {
    return this.events().map(nameOf);
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/** The event of a request, if its signature is right. */
export function verified({ headers, body }: Received, secret: string): CloudEvent {
  const signed = Object.entries(headers).filter(([name]) => name.startsWith('webhook-'));
  return cloudEventSchema.parse(
    new Webhook(secret).verify(body, Object.fromEntries(signed) as Record<string, string>),
  );
}

export function nameOf({ type }: CloudEvent): string {
  return type.replace('io.github.iot-firmware-ota.', '').replace(/\.v\d+$/, '');
}
