import { once } from 'node:events';
import net from 'node:net';
import type { Packet } from 'mqtt-packet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSas } from '../../local/iot-hub/sas.ts';
import { DeviceCloud, HOST, HOUR, until } from './device-gateway-harness.ts';
import { publish, RawDevice, subscribe, twinGet } from './raw-mqtt-device.ts';

let cloud: DeviceCloud;

beforeEach(async () => {
  cloud = await DeviceCloud.start();
});

afterEach(async () => {
  await cloud.close();
});

describe('a device at the wire', () => {
  it('is refused with a version other than MQTT 3.1.1', async () => {
    const device = await RawDevice.open(cloud, cloud.register('dev1'), { protocolVersion: 5 });
    expect(await device.next()).toMatchObject({ cmd: 'connack', reasonCode: 1 });
    await device.closed;
  });

  it('is refused where the client id is not the device id, and for another hub', async () => {
    const key = cloud.register('dev1');
    for (const difference of [
      { clientId: 'dev2' },
      { clientId: 'dev1/module', username: `${HOST}/dev1/module/?api-version=2021-04-12` },
      { username: 'otherhub.azure-devices.net/dev1/?api-version=2021-04-12' },
      { username: 'nonsense' },
      { password: Buffer.from('SharedAccessSignature sr=%&sig=%&se=x') },
      { password: Buffer.from(createSas(`${HOST}/devices/dev1`, key, new Date(Date.now() - 1000))) },
    ]) {
      const device = await RawDevice.open(cloud, key, difference);
      expect(await device.next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
      await device.closed;
    }
    expect(cloud.isConnected('dev1')).toBe(false);
  });

  it('is told whether its session was kept, and keeps nothing with a clean one', async () => {
    const key = cloud.register('dev1');
    const first = await RawDevice.connected(cloud, key, { clean: false });
    await first.subscribe('$iothub/twin/PATCH/properties/desired/#', '$iothub/twin/res/#');
    first.send({ cmd: 'disconnect' });
    await first.closed;

    const again = await RawDevice.open(cloud, key, { clean: false });
    expect(await again.next()).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: true });
    cloud.desire('dev1', { x: 1 });
    expect(await again.next()).toMatchObject({
      cmd: 'publish',
      topic: '$iothub/twin/PATCH/properties/desired/?$version=2',
    });

    const clean = await RawDevice.open(cloud, key, { clean: true });
    expect(await clean.next()).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    cloud.desire('dev1', { x: 2 });
    // Neither the patch nor the answer to the first request came before this answer.
    clean.send(twinGet('1'));
    await clean.subscribe('$iothub/twin/res/#');
    clean.send(twinGet('2'));
    expect(await clean.next()).toMatchObject({ topic: '$iothub/twin/res/200/?$rid=2' });
  });

  it('gets the answers to its own requests only', async () => {
    const [one, two] = await Promise.all([
      RawDevice.connected(cloud, cloud.register('dev1')),
      RawDevice.connected(cloud, cloud.register('dev2'), {}, 'dev2'),
    ]);
    await Promise.all([one.subscribe('$iothub/twin/res/#'), two.subscribe('$iothub/twin/res/#')]);
    one.send(twinGet('1'));
    await one.next();
    two.send(twinGet('2'));
    expect(await two.next()).toMatchObject({ topic: '$iothub/twin/res/200/?$rid=2' });
  });

  it('is told in the answer what its report was refused for', async () => {
    const device = await RawDevice.connected(cloud, cloud.register('dev1'));
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
    const key = cloud.register('dev1');
    const older = await RawDevice.connected(cloud, key);
    const newer = await RawDevice.connected(cloud, key);
    await older.closed;
    expect(cloud.isConnected('dev1')).toBe(true);
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
    const device = await RawDevice.connected(cloud, cloud.register('dev1'));
    device.send(packet);
    await device.closed;
    await vi.waitFor(() => expect(cloud.isConnected('dev1')).toBe(false), until);
    expect(cloud.telemetry).toEqual([]);
  });

  it('is cut off before it has said who it is, if it takes too long or says something else', async () => {
    const silent = await RawDevice.dial(cloud);
    const early = await RawDevice.dial(cloud);
    early.send({ cmd: 'pingreq' });
    await early.closed;
    cloud.ahead = 11_000;
    await expect(silent.closed).resolves.toBe('closed');
  });

  it('is cut off after one and a half keep-alive intervals of silence, not before', async () => {
    const shorter = await RawDevice.connected(cloud, cloud.register('dev1'), { keepalive: 59 });
    const longer = await RawDevice.connected(cloud, cloud.register('dev2'), { keepalive: 60 }, 'dev2');
    cloud.ahead = 89_000;
    await shorter.closed;
    longer.send({ cmd: 'pingreq' });
    expect(await longer.next()).toMatchObject({ cmd: 'pingresp' });
    cloud.ahead += 91_000;
    await longer.closed;
  });

  it('is cut off when its token expires', async () => {
    const key = cloud.register('dev1');
    const token = createSas(`${HOST}/devices/dev1`, key, new Date(Date.now() + HOUR));
    const device = await RawDevice.connected(cloud, key, { password: Buffer.from(token), keepalive: 0 });
    cloud.ahead = HOUR + 1000;
    await expect(device.closed).resolves.toBe('closed');
  });
});

describe('the gateway', () => {
  it('closes within a second though devices are connected and handshakes are under way', async () => {
    await RawDevice.connected(cloud, cloud.register('dev1'));
    const silent = net.connect(cloud.gateway.port, '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    const begin = performance.now();
    await cloud.gateway.close();
    expect(performance.now() - begin).toBeLessThan(1000);
    await cloud.restartGateway();
  });
});
