import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface DownloadServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** Account URL of blob storage, http. */
  readonly blobUrl: string;
  /** The one container that is served: it is public to read. */
  readonly container: string;
}

export interface DownloadServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * https in front of the container of released images: a device takes no other scheme, and the storage
 * emulator speaks plain http. It passes on reads of that container and nothing else.
 */
export async function startDownloadServer(options: DownloadServerOptions): Promise<DownloadServer> {
  const server = createServer(options.tls, (request, response) => pass(options, request, response));
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function pass(options: DownloadServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '/';
  const read = request.method === 'GET' || request.method === 'HEAD';
  if (!read || !path.startsWith(`/${options.container}/`)) {
    response.writeHead(read ? 404 : 405).end();
    return;
  }
  const { host: _host, ...headers } = request.headers;
  const upstream = httpRequest(`${options.blobUrl}${path}`, { method: request.method, headers });
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  upstream.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on('close', () => upstream.destroy());
  upstream.end();
}
