import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface SocketServer {
  port: number;
  /** Cuts all connections, as a network fault does; the server goes on listening. */
  dropAll(): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

/**
 * Starts a TCP or TLS server whose sockets can be cut at any time. Throws what `listen` reports, such as
 * EADDRINUSE. Port 0 lets the system choose.
 */
export async function listenForSockets(server: Server, host: string, port: number): Promise<SocketServer> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A lost peer is never a fault of the server; without a listener it would end the process.
    socket.on('error', () => undefined);
  };
  server.on('connection', track);
  // With TLS the sockets above are the ones below; both are needed where a handshake never ends.
  server.on('secureConnection', track);
  server.listen(port, host);
  await once(server, 'listening');
  const dropAll = () => {
    for (const socket of sockets) socket.destroy(new Error('The connection was cut.'));
  };
  return {
    port: (server.address() as AddressInfo).port,
    dropAll,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      dropAll();
      await closed;
    },
  };
}
