import tls from 'node:tls';
import { listenForSockets, type SocketServer } from '../socket-server.ts';
import { type DeviceHub, MqttConnection } from './mqtt-connection.ts';
import type { DeviceSubscription } from './mqtt-topics.ts';

export interface DeviceGatewayOptions {
  hub: DeviceHub;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  tls: { key: string; cert: string };
  now: () => Date;
}

export type DeviceGateway = SocketServer;

/** How often silent devices and expired tokens are looked for. */
const CHECK_INTERVAL = 1000;

/** IoT Hub's endpoint for devices: MQTT 3.1.1 over TLS. */
export async function startDeviceGateway(options: DeviceGatewayOptions): Promise<DeviceGateway> {
  const { hub, now } = options;
  const connections = new Set<MqttConnection>();
  const subscriptions = new Map<string, Set<DeviceSubscription>>();
  const server = tls.createServer(options.tls, (socket) => {
    const connection = new MqttConnection({ socket, hub, now, subscriptions });
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  });
  const listening = await listenForSockets(server, options.host, options.port);
  const checking = setInterval(() => {
    for (const connection of connections) connection.check();
  }, CHECK_INTERVAL);
  return {
    ...listening,
    close: () => {
      clearInterval(checking);
      return listening.close();
    },
  };
}
