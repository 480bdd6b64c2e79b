import net from 'node:net';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { listenForSockets, type SocketServer } from '../socket-server.ts';
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

export interface EventHubsServer extends SocketServer {
  connectionString: string;
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
  const serve = (socket: Socket) => serveAmqp(socket, node);
  const server = options.tls ? tls.createServer(options.tls, serve) : net.createServer(serve);
  const listening = await listenForSockets(server, options.host, options.port);
  return { ...listening, connectionString: connectionString(options, listening.port) };
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
