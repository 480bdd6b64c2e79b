import { once } from 'node:events';
import tls from 'node:tls';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import { vi } from 'vitest';
import { createSas } from '../../local/iot-hub/sas.ts';
import { type DeviceCloud, HOST, HOUR, until } from './device-gateway-harness.ts';

/** A device that sends and receives single packets. */
export class RawDevice {
  readonly closed: Promise<'closed'>;
  readonly #socket: tls.TLSSocket;
  readonly #received: Packet[] = [];
  #taken = 0;

  static async dial(cloud: DeviceCloud, protocolVersion = 4): Promise<RawDevice> {
    const socket = tls.connect({
      port: cloud.gateway.port,
      host: '127.0.0.1',
      ca: cloud.ca,
      servername: HOST,
    });
    await once(socket, 'secureConnect');
    return new RawDevice(socket, protocolVersion);
  }

  /** Sends CONNECT with what the SDK sends, but for the differences. */
  static async open(
    cloud: DeviceCloud,
    key: string,
    differences: Partial<IConnectPacket> = {},
    deviceId = 'dev1',
  ): Promise<RawDevice> {
    const device = await RawDevice.dial(cloud, differences.protocolVersion);
    const token = createSas(`${HOST}/devices/${deviceId}`, key, new Date(Date.now() + HOUR));
    device.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: false,
      clientId: deviceId,
      keepalive: 180,
      username: `${HOST}/${deviceId}/?api-version=2021-04-12`,
      password: Buffer.from(token),
      ...differences,
    });
    return device;
  }

  static async connected(
    cloud: DeviceCloud,
    key: string,
    differences: Partial<IConnectPacket> = {},
    deviceId = 'dev1',
  ): Promise<RawDevice> {
    const device = await RawDevice.open(cloud, key, differences, deviceId);
    await device.expect('connack');
    return device;
  }

  constructor(socket: tls.TLSSocket, protocolVersion: number) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => resolve('closed'));
    });
    const packets = parser({ protocolVersion });
    packets.on('packet', (packet) => this.#received.push(packet));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => packets.parse(chunk));
  }

  send(packet: Packet | Buffer): void {
    this.#socket.write(Buffer.isBuffer(packet) ? packet : generate(packet));
  }

  async next(): Promise<Packet> {
    return vi.waitFor(() => {
      const packet = this.#received[this.#taken];
      if (!packet) throw new Error('no packet came');
      this.#taken++;
      return packet;
    }, until);
  }

  /** Takes the next packet, which has to be this one and no refusal. */
  async expect(cmd: 'connack' | 'suback'): Promise<void> {
    const packet = await this.next();
    const isRefusal = packet.cmd === 'connack' && packet.returnCode !== 0;
    if (packet.cmd !== cmd || isRefusal) throw new Error(`not ${cmd} but ${JSON.stringify(packet)}`);
  }

  async subscribe(...topics: string[]): Promise<void> {
    this.send(subscribe(...topics));
    await this.expect('suback');
  }
}

export function publish(topic: string, payload: string, qos: 0 | 2 = 0): Packet {
  return { cmd: 'publish', topic, payload, qos, dup: false, retain: false, messageId: 1 };
}

export function subscribe(...topics: string[]): Packet {
  return {
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: topics.map((topic) => ({ topic, qos: 0 as const })),
  };
}

export function twinGet(requestId: string): Packet {
  return publish(`$iothub/twin/GET/?$rid=${requestId}`, '');
}
