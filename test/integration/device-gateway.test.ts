import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { Message, NoRetry } from 'azure-iot-common';
import { Client, type Twin } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Certificates, createCertificates } from '../../local/certificates.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type DeviceGateway, startDeviceGateway } from '../../local/iot-hub/mqtt-gateway.ts';
import type { RoutedEvent } from '../../local/iot-hub/routed-event.ts';
import { createSas } from '../../local/iot-hub/sas.ts';

const HOST = 'myhub.azure-devices.net';
const HOUR = 3_600_000;
const until = { timeout: 10_000, interval: 10 };

let certificates: Certificates;
let hub: IotHub;
let gateway: DeviceGateway;
let telemetry: RoutedEvent[];
let reports: RoutedEvent[];
/** Added to the gateway's clock. */
let ahead: number;
const clients: Client[] = [];
const sockets: tls.TLSSocket[] = [];

beforeAll(async () => {
  certificates = await createCertificates();
});

beforeEach(async () => {
  telemetry = [];
  reports = [];
  ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  hub = new IotHub({
    hostName: HOST,
    now,
    schedule: () => ({ cancel: () => undefined }),
    emit: (event) => {
      if (event.annotations['iothub-message-source'] === 'Telemetry') telemetry.push(event);
      else reports.push(event);
    },
    limits: standardLimits,
    evaluation: { afterChangeMs: HOUR, intervalMs: HOUR },
  });
  gateway = await startDeviceGateway({ hub, host: '127.0.0.1', port: 0, tls: certificates, now });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateway.close();
  hub.close();
});

describe('a device with the SDK', () => {
  it('reads its twin, reports, and is sent what is desired', async () => {
    const device = await connect('dev1');
    desire('dev1', { firmware: { fwVersion: '1.0.1' } });
    const twin = await device.getTwin();
    expect(twin.properties.desired).toMatchObject({ firmware: { fwVersion: '1.0.1' }, $version: 2 });

    await report(twin, { firmware: { fwUpdateStatus: 'Current' } });
    expect(hub.twins.get('dev1')).toMatchObject({
      properties: { reported: { firmware: { fwUpdateStatus: 'Current' }, $version: 2 } },
    });

    const patches = await desiredPatches('dev1', twin);
    desire('dev1', { firmware: { fwVersion: '1.0.2' } });
    await vi.waitFor(() => {
      expect(patches.at(-1)).toMatchObject({ firmware: { fwVersion: '1.0.2' }, $version: 3 });
    }, until);
  });

  it('is told what is wrong with a report', async () => {
    const twin = await (await connect('dev1')).getTwin();
    await expect(report(twin, { tooLong: 'x'.repeat(5000) })).rejects.toThrow();
    expect(hub.twins.get('dev1')).toMatchObject({ properties: { reported: { $version: 1 } } });
  });

  it('sends telemetry with system and application properties', async () => {
    const device = await connect('dev1');
    const message = new Message(Buffer.from('{"t":21}'));
    Object.assign(message, { contentType: 'application/json', contentEncoding: 'utf-8', messageId: 'm 1' });
    message.properties.add('room & floor', '1/ä');
    await device.sendEvent(message);
    expect(telemetry).toHaveLength(1);
    expect(telemetry[0]).toMatchObject({
      partitionKey: 'dev1',
      body: Buffer.from('{"t":21}'),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      messageId: 'm 1',
      applicationProperties: { 'room & floor': '1/ä' },
    });
  });

  it('still gets desired patches after its connection was cut, though it does not subscribe again', async () => {
    const twin = await (await connect('dev1')).getTwin();
    const patches = await desiredPatches('dev1', twin);
    for (const version of ['1.0.1', '1.0.2']) {
      gateway.dropAll();
      await vi.waitFor(() => expect(isConnected('dev1')).toBe(false), until);
      await vi.waitFor(() => expect(isConnected('dev1')).toBe(true), until);
      desire('dev1', { firmware: { fwVersion: version } });
      await vi.waitFor(() => {
        expect(patches.at(-1)).toMatchObject({ firmware: { fwVersion: version } });
      }, until);
      await twin.get();
    }
  });

  it('goes on with a gateway that was started anew and remembers nothing', async () => {
    const twin = await (await connect('dev1')).getTwin();
    const patches = await desiredPatches('dev1', twin);
    const { port } = gateway;
    await gateway.close();
    gateway = await startDeviceGateway({
      hub,
      host: '127.0.0.1',
      port,
      tls: certificates,
      now: () => new Date(),
    });
    await vi.waitFor(() => expect(isConnected('dev1')).toBe(true), until);
    await twin.get();
    desire('dev1', { x: 1 });
    await vi.waitFor(() => expect(patches.at(-1)).toMatchObject({ x: 1 }), until);
  });

  it('is refused with a wrong key, with the key of another device, when unknown and when disabled', async () => {
    const other = register('other');
    register('dev1');
    hub.devices.create('off', { deviceId: 'off', status: 'disabled' });
    const wrong = Buffer.from('wrong').toString('base64');
    for (const [deviceId, key] of [
      ['dev1', wrong],
      ['dev1', other],
      ['nobody', other],
      ['off', other],
    ] as const) {
      const refused = await createClient(deviceId, key);
      refused.setRetryPolicy(new NoRetry());
      await expect(refused.open()).rejects.toMatchObject({
        name: 'UnauthorizedError',
        message: expect.stringContaining('Connection refused: Not authorized') as string,
      });
    }
  });

  it('connects with the secondary key as well', async () => {
    register('dev1');
    const client = await createClient('dev1', hub.deviceKeys('dev1')?.secondary ?? '');
    await client.open();
    expect(isConnected('dev1')).toBe(true);
  });

  it('is cut off when it is disabled', async () => {
    await connect('dev1');
    hub.devices.update('dev1', { deviceId: 'dev1', status: 'disabled' }, '*');
    expect(isConnected('dev1')).toBe(false);
  });

  it('is one of fifty that all report and are all sent what they desire', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `dev${index}`);
    const twins = await Promise.all(ids.map(async (id) => (await connect(id)).getTwin()));
    await Promise.all(twins.map((twin, index) => report(twin, { index })));
    const patches = await Promise.all(twins.map((twin, index) => desiredPatches(`dev${index}`, twin)));
    for (const [index, id] of ids.entries()) desire(id, { wanted: index });
    await vi.waitFor(() => {
      expect(patches.map((received) => received.at(-1)?.['wanted'])).toEqual(ids.map((_, index) => index));
    }, until);
    expect(reports.filter(({ body }) => body.includes('"index"'))).toHaveLength(50);
  });
});

describe('a device at the wire', () => {
  it('is refused with a version other than MQTT 3.1.1', async () => {
    const device = await RawDevice.open(register('dev1'), { protocolVersion: 5 });
    expect(await device.next()).toMatchObject({ cmd: 'connack', reasonCode: 1 });
    await device.closed;
  });

  it('is refused where the client id is not the device id, and for another hub', async () => {
    const key = register('dev1');
    for (const difference of [
      { clientId: 'dev2' },
      { clientId: 'dev1/module', username: `${HOST}/dev1/module/?api-version=2021-04-12` },
      { username: 'otherhub.azure-devices.net/dev1/?api-version=2021-04-12' },
      { username: 'nonsense' },
      { password: Buffer.from('SharedAccessSignature sr=%&sig=%&se=x') },
      { password: Buffer.from(createSas(`${HOST}/devices/dev1`, key, new Date(Date.now() - 1000))) },
    ]) {
      const device = await RawDevice.open(key, difference);
      expect(await device.next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
      await device.closed;
    }
    expect(isConnected('dev1')).toBe(false);
  });

  it('is told whether its session was kept, and keeps nothing with a clean one', async () => {
    const key = register('dev1');
    const first = await RawDevice.connected(key, { clean: false });
    await first.subscribe('$iothub/twin/PATCH/properties/desired/#', '$iothub/twin/res/#');
    first.send({ cmd: 'disconnect' });
    await first.closed;

    const again = await RawDevice.open(key, { clean: false });
    expect(await again.next()).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: true });
    desire('dev1', { x: 1 });
    expect(await again.next()).toMatchObject({
      cmd: 'publish',
      topic: '$iothub/twin/PATCH/properties/desired/?$version=2',
    });

    const clean = await RawDevice.open(key, { clean: true });
    expect(await clean.next()).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    desire('dev1', { x: 2 });
    // Neither the patch nor the answer to the first request came before this answer.
    clean.send(twinGet('1'));
    await clean.subscribe('$iothub/twin/res/#');
    clean.send(twinGet('2'));
    expect(await clean.next()).toMatchObject({ topic: '$iothub/twin/res/200/?$rid=2' });
  });

  it('gets the answers to its own requests only', async () => {
    const [one, two] = await Promise.all([
      RawDevice.connected(register('dev1')),
      RawDevice.connected(register('dev2'), {}, 'dev2'),
    ]);
    await Promise.all([one.subscribe('$iothub/twin/res/#'), two.subscribe('$iothub/twin/res/#')]);
    one.send(twinGet('1'));
    await one.next();
    two.send(twinGet('2'));
    expect(await two.next()).toMatchObject({ topic: '$iothub/twin/res/200/?$rid=2' });
  });

  it('is told in the answer what its report was refused for', async () => {
    const device = await RawDevice.connected(register('dev1'));
    await device.subscribe('$iothub/twin/res/#');
    device.send(publish('$iothub/twin/PATCH/properties/reported/?$rid=7', 'no json'));
    const answer = await device.next();
    expect(answer).toMatchObject({ topic: '$iothub/twin/res/400/?$rid=7' });
    expect(JSON.parse(String('payload' in answer ? answer.payload : ''))).toMatchObject({
      errorCode: expect.any(Number) as number,
      message: expect.any(String) as string,
    });
    device.send(publish('$iothub/twin/PATCH/properties/reported/?$rid=8', '{"a":1}'));
    expect(await device.next()).toMatchObject({ topic: '$iothub/twin/res/204/?$rid=8&$version=2' });
  });

  it('takes over from its older connection', async () => {
    const key = register('dev1');
    const older = await RawDevice.connected(key);
    const newer = await RawDevice.connected(key);
    await older.closed;
    expect(isConnected('dev1')).toBe(true);
    newer.send({ cmd: 'pingreq' });
    expect(await newer.next()).toMatchObject({ cmd: 'pingresp' });
  });

  it.each<[string, Packet | Buffer]>([
    ['publishes with QoS 2', publish('devices/dev1/messages/events/', 'x', 2)],
    ['publishes for another device', publish('devices/dev2/messages/events/', 'x')],
    ['publishes on a topic of its own', publish('my/topic', 'x')],
    ['publishes with broken properties', publish('devices/dev1/messages/events/a=%zz', 'x')],
    ['publishes more than 256 KB', publish('devices/dev1/messages/events/', 'x'.repeat(256 * 1024 + 1))],
    ['asks for a twin without a request id', publish('$iothub/twin/GET/?rid=1', '')],
    ['subscribes to another device', subscribe('devices/dev2/messages/devicebound/#')],
    ['subscribes to everything', subscribe('#')],
    ['connects twice', { cmd: 'connect', clientId: 'dev1' }],
    ['sends what only a server sends', { cmd: 'pingresp' }],
    ['sends no MQTT', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    // The first half of a packet of 200 MB.
    [
      'announces a huge packet and begins it',
      Buffer.concat([Buffer.from('30808080640003', 'hex'), Buffer.alloc(400_000)]),
    ],
  ])('is cut off when it %s', async (_, packet) => {
    const device = await RawDevice.connected(register('dev1'));
    device.send(packet);
    await device.closed;
    await vi.waitFor(() => expect(isConnected('dev1')).toBe(false), until);
    expect(telemetry).toEqual([]);
  });

  it('is cut off before it has said who it is, if it takes too long or says something else', async () => {
    const silent = await RawDevice.dial();
    const early = await RawDevice.dial();
    early.send({ cmd: 'pingreq' });
    await early.closed;
    ahead = 11_000;
    await silent.closed;
  });

  it('is cut off after one and a half keep-alive intervals of silence, not before', async () => {
    const shorter = await RawDevice.connected(register('dev1'), { keepalive: 59 });
    const longer = await RawDevice.connected(register('dev2'), { keepalive: 60 }, 'dev2');
    ahead = 89_000;
    await shorter.closed;
    longer.send({ cmd: 'pingreq' });
    expect(await longer.next()).toMatchObject({ cmd: 'pingresp' });
    ahead += 91_000;
    await longer.closed;
  });

  it('is cut off when its token expires', async () => {
    const key = register('dev1');
    const token = createSas(`${HOST}/devices/dev1`, key, new Date(Date.now() + HOUR));
    const device = await RawDevice.connected(key, { password: Buffer.from(token), keepalive: 0 });
    ahead = HOUR + 1000;
    await device.closed;
  });
});

describe('the gateway', () => {
  it('closes within a second though devices are connected and handshakes are under way', async () => {
    await RawDevice.connected(register('dev1'));
    const silent = net.connect(gateway.port, '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    const begin = performance.now();
    await gateway.close();
    expect(performance.now() - begin).toBeLessThan(1000);
    gateway = await startDeviceGateway({
      hub,
      host: '127.0.0.1',
      port: 0,
      tls: certificates,
      now: () => new Date(),
    });
  });
});

/** Registers a device; its primary key. */
function register(deviceId: string): string {
  if (!hub.deviceKeys(deviceId)) hub.devices.create(deviceId, { deviceId });
  return hub.deviceKeys(deviceId)?.primary ?? '';
}

async function createClient(deviceId: string, key: string): Promise<Client> {
  const client = Client.fromConnectionString(
    `HostName=${HOST};GatewayHostName=localhost:${gateway.port};DeviceId=${deviceId};SharedAccessKey=${key}`,
    Mqtt,
  );
  client.on('error', () => undefined);
  clients.push(client);
  await client.setOptions({ ca: certificates.ca });
  return client;
}

async function connect(deviceId: string): Promise<Client> {
  const client = await createClient(deviceId, register(deviceId));
  await client.open();
  return client;
}

function isConnected(deviceId: string): boolean {
  return hub.twins.get(deviceId)['connectionState'] === 'Connected';
}

function desire(deviceId: string, desired: Record<string, never> | Record<string, unknown>): void {
  hub.twins.update(deviceId, { properties: { desired } }, '*');
}

function report(twin: Twin, patch: Record<string, unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    twin.properties.reported.update(patch, (error?: Error) => (error ? reject(error) : resolve()));
  });
}

/** Collects the desired patches that a device gets, from when the hub knows that it wants them. */
async function desiredPatches(deviceId: string, twin: Twin): Promise<Record<string, unknown>[]> {
  const patches: Record<string, unknown>[] = [];
  twin.on('properties.desired', (patch: Record<string, unknown>) => patches.push(patch));
  await vi.waitFor(() => {
    const device = hub.snapshot().devices.find((one) => one.deviceId === deviceId);
    expect(device?.desiredSubscribed).toBe(true);
  }, until);
  // The SDK calls back with the whole desired section when it has subscribed.
  patches.length = 0;
  return patches;
}

function publish(topic: string, payload: string, qos: 0 | 2 = 0): Packet {
  return { cmd: 'publish', topic, payload, qos, dup: false, retain: false, messageId: 1 };
}

function subscribe(...topics: string[]): Packet {
  return {
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: topics.map((topic) => ({ topic, qos: 0 as const })),
  };
}

function twinGet(requestId: string): Packet {
  return publish(`$iothub/twin/GET/?$rid=${requestId}`, '');
}

/** A device that sends and receives single packets. */
class RawDevice {
  readonly closed: Promise<unknown>;
  readonly #socket: tls.TLSSocket;
  readonly #received: Packet[] = [];
  #taken = 0;

  static async dial(protocolVersion = 4): Promise<RawDevice> {
    const socket = tls.connect({
      port: gateway.port,
      host: '127.0.0.1',
      ca: certificates.ca,
      servername: HOST,
    });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return new RawDevice(socket, protocolVersion);
  }

  /** Sends CONNECT with what the SDK sends, but for the differences. */
  static async open(
    key: string,
    differences: Partial<IConnectPacket> = {},
    deviceId = 'dev1',
  ): Promise<RawDevice> {
    const device = await RawDevice.dial(differences.protocolVersion);
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
    key: string,
    differences: Partial<IConnectPacket> = {},
    deviceId = 'dev1',
  ): Promise<RawDevice> {
    const device = await RawDevice.open(key, differences, deviceId);
    expect(await device.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
    return device;
  }

  constructor(socket: tls.TLSSocket, protocolVersion: number) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', resolve);
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

  async subscribe(...topics: string[]): Promise<void> {
    this.send(subscribe(...topics));
    expect(await this.next()).toMatchObject({ cmd: 'suback', granted: topics.map(() => 0) });
  }
}
