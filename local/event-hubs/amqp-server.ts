import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { serveAmqp } from './amqp-connection.ts';
import type { EventLog } from './event-log.ts';
import { ReceiverRegistry } from './receiver-registry.ts';
import { tokenVerifier } from './token-verifier.ts';

export interface EventHubsOptions {
  log: EventLog;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  consumerGroups: readonly string[];
  /** The name and the text of the one shared access key, which may listen, send and manage. */
  keyName: string;
  key: string;
  now: () => Date;
  /** Without it the server speaks plain TCP, as the SDKs expect of a development emulator. */
  tls?: { key: string; cert: string };
}

export interface EventHubsServer {
  port: number;
  connectionString: string;
  /** Cuts all connections, as a network fault does; clients come back by themselves. */
  dropAll(): void;
  close(): Promise<void>;
}

/** Serves an event log as an Event Hubs namespace with one event hub, for unmodified SDK clients of any language. */
export async function startEventHubs(options: EventHubsOptions): Promise<EventHubsServer> {
  const node = {
    log: options.log,
    consumerGroups: options.consumerGroups,
    receivers: new ReceiverRegistry(),
    verifyToken: tokenVerifier(options),
    isKey: (keyName: string, key: string) => keyName === options.keyName && key === options.key,
    now: options.now,
  };
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Also in a TLS handshake, when nobody else listens yet, a lost socket is not our fault.
    socket.on('error', () => undefined);
  };
  const serve = (socket: Socket) => {
    track(socket);
    serveAmqp(socket, node);
  };
  const server = options.tls ? tls.createServer(options.tls, serve) : net.createServer(serve);
  // With TLS these are the sockets below; they have to go as well where a handshake never ends.
  server.on('connection', track);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dropAll = () => {
    for (const socket of sockets) socket.destroy(new Error('The connection was cut.'));
  };
  return {
    port,
    connectionString: connectionString(options, port),
    dropAll,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      dropAll();
      await closed;
    },
  };
}

function connectionString({ keyName, key, log, tls: secure }: EventHubsOptions, port: number): string {
  const parts = [
    `Endpoint=sb://localhost:${port}`,
    `SharedAccessKeyName=${keyName}`,
    `SharedAccessKey=${key}`,
    `EntityPath=${log.name}`,
  ];
  return [...parts, ...(secure ? [] : ['UseDevelopmentEmulator=true'])].join(';');
}
