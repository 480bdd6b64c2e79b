import { describe, expect, it } from 'vitest';
import {
  ConnectionStringError,
  isLocal,
  parseDeviceConnectionString,
} from '../../../local/devkit/device-connection-string.ts';

const KEY = 'SharedAccessKey=c2Vj+cmV0/a2V5==';

describe('a device connection string', () => {
  it('names the device and the hub', () => {
    expect(parseDeviceConnectionString(`HostName=h.azure-devices.net;DeviceId=d=1;${KEY};`)).toEqual({
      deviceId: 'd=1',
      host: 'h.azure-devices.net',
    });
  });

  it.each([
    [`HostName=h.azure-devices.net;DeviceId=d;${KEY}`, false],
    [`HostName=h.azure-devices.net;GatewayHostName=localhost:8883;DeviceId=d;${KEY}`, true],
    [`HostName=localhost:8883;DeviceId=d;${KEY}`, true],
    [`HostName=127.0.0.1;DeviceId=d;${KEY}`, true],
    [`HostName=localhost;GatewayHostName=edge.example;DeviceId=d;${KEY}`, false],
  ])('of %s is local: %s', (text, local) => {
    expect(isLocal(parseDeviceConnectionString(text))).toBe(local);
  });

  it.each([
    ['', 'has no HostName'],
    [`HostName=;DeviceId=d;${KEY}`, 'has no HostName'],
    [`HostName=h;${KEY}`, 'has no DeviceId'],
    ['HostName=h;DeviceId=d', 'has no SharedAccessKey'],
    [`c2VjcmV0;${KEY}`, 'has a part that is not'],
  ])('is refused when it is %j, without repeating it', (text, message) => {
    expect(() => parseDeviceConnectionString(text)).toThrow(ConnectionStringError);
    expect(() => parseDeviceConnectionString(text)).toThrow(message);
    expect(() => parseDeviceConnectionString(text)).not.toThrow(/c2V/);
  });
});
