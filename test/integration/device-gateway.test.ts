import { Message, NoRetry } from 'azure-iot-common';
import { Client, type Twin } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeviceCloud, HOST, until } from './device-gateway-harness.ts';

let cloud: DeviceCloud;
const clients: Client[] = [];

beforeEach(async () => {
  cloud = await DeviceCloud.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await cloud.close();
});

describe('a device with the SDK', () => {
  it('reads its twin, reports, and is sent what is desired', async () => {
    const device = await connect('dev1');
    cloud.desire('dev1', { firmware: { fwVersion: '1.0.1' } });
    const twin = await device.getTwin();
    expect(twin.properties.desired).toMatchObject({ firmware: { fwVersion: '1.0.1' }, $version: 2 });

    await report(twin, { firmware: { fwUpdateStatus: 'Current' } });
    expect(cloud.hub.twins.get('dev1')).toMatchObject({
      properties: { reported: { firmware: { fwUpdateStatus: 'Current' }, $version: 2 } },
    });

    const patches = await desiredPatches('dev1', twin);
    cloud.desire('dev1', { firmware: { fwVersion: '1.0.2' } });
    await vi.waitFor(() => {
      expect(patches.at(-1)).toMatchObject({ firmware: { fwVersion: '1.0.2' }, $version: 3 });
    }, until);
  });

  it('is told what is wrong with a report', async () => {
    const twin = await (await connect('dev1')).getTwin();
    await expect(report(twin, { tooLong: 'x'.repeat(5000) })).rejects.toThrow(/tooLong is longer than/);
    expect(cloud.hub.twins.get('dev1')).toMatchObject({ properties: { reported: { $version: 1 } } });
  });

  it('sends telemetry with system and application properties', async () => {
    const device = await connect('dev1');
    const message = new Message(Buffer.from('{"t":21}'));
    Object.assign(message, { contentType: 'application/json', contentEncoding: 'utf-8', messageId: 'm 1' });
    message.properties.add('room & floor', '1/ä');
    await device.sendEvent(message);
    expect(cloud.telemetry).toHaveLength(1);
    expect(cloud.telemetry[0]).toMatchObject({
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
      cloud.gateway.dropAll();
      await vi.waitFor(() => expect(cloud.isConnected('dev1')).toBe(false), until);
      await vi.waitFor(() => expect(cloud.isConnected('dev1')).toBe(true), until);
      cloud.desire('dev1', { firmware: { fwVersion: version } });
      await vi.waitFor(() => {
        expect(patches.at(-1)).toMatchObject({ firmware: { fwVersion: version } });
      }, until);
      await twin.get();
    }
  });

  it('goes on with a gateway that was started anew and remembers nothing', async () => {
    const twin = await (await connect('dev1')).getTwin();
    const patches = await desiredPatches('dev1', twin);
    await cloud.restartGateway();
    await vi.waitFor(() => expect(cloud.isConnected('dev1')).toBe(true), until);
    await twin.get();
    cloud.desire('dev1', { x: 1 });
    await vi.waitFor(() => expect(patches.at(-1)).toMatchObject({ x: 1 }), until);
  });

  it('is refused with a wrong key, with the key of another device, when unknown and when disabled', async () => {
    const other = cloud.register('other');
    cloud.register('dev1');
    cloud.hub.devices.create('off', { deviceId: 'off', status: 'disabled' });
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
    cloud.register('dev1');
    const client = await createClient('dev1', cloud.hub.deviceKeys('dev1')?.secondary ?? '');
    await client.open();
    expect(cloud.isConnected('dev1')).toBe(true);
  });

  it('is cut off when it is disabled', async () => {
    await connect('dev1');
    cloud.hub.devices.update('dev1', { deviceId: 'dev1', status: 'disabled' }, '*');
    expect(cloud.isConnected('dev1')).toBe(false);
  });

  it('is one of fifty that all report and are all sent what they desire', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `dev${index}`);
    const twins = await Promise.all(ids.map(async (id) => (await connect(id)).getTwin()));
    await Promise.all(twins.map((twin, index) => report(twin, { index })));
    const patches = await Promise.all(twins.map((twin, index) => desiredPatches(`dev${index}`, twin)));
    for (const [index, id] of ids.entries()) cloud.desire(id, { wanted: index });
    await vi.waitFor(() => {
      expect(patches.map((received) => received.at(-1)?.['wanted'])).toEqual(ids.map((_, index) => index));
    }, until);
    expect(cloud.twinChanges.filter(({ body }) => body.includes('"index"'))).toHaveLength(50);
  });
});

async function createClient(deviceId: string, key: string): Promise<Client> {
  const client = Client.fromConnectionString(
    `HostName=${HOST};GatewayHostName=localhost:${cloud.gateway.port};DeviceId=${deviceId};SharedAccessKey=${key}`,
    Mqtt,
  );
  client.on('error', () => undefined);
  clients.push(client);
  await client.setOptions({ ca: cloud.ca });
  return client;
}

async function connect(deviceId: string): Promise<Client> {
  const client = await createClient(deviceId, cloud.register(deviceId));
  await client.open();
  return client;
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
    const device = cloud.hub.snapshot().devices.find((one) => one.deviceId === deviceId);
    expect(device?.desiredSubscribed).toBe(true);
  }, until);
  // The SDK calls back with the whole desired section when it has subscribed.
  patches.length = 0;
  return patches;
}
