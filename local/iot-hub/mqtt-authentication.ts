import type { IConnectPacket } from 'mqtt-packet';
import { verifySas } from './sas.ts';

/** The CONNACK return codes of MQTT 3.1.1 that the hub uses. */
export const ACCEPTED = 0;
export const UNACCEPTABLE_PROTOCOL = 1;
export const NOT_AUTHORIZED = 5;

export type Authentication =
  | { ok: true; deviceId: string; expiresAt: Date }
  | { ok: false; returnCode: typeof UNACCEPTABLE_PROTOCOL | typeof NOT_AUTHORIZED };

/** What the hub has to tell to check who a device is. */
export interface DeviceKeys {
  readonly hostName: string;
  deviceKeys(deviceId: string): { primary: string; secondary: string } | undefined;
}

const MQTT_3_1_1 = 4;

/** `{host}/{deviceId}/?api-version=…`; a module's name has one part more and is not served. */
const USERNAME = /^(?<host>[^/]+)\/(?<deviceId>[^/?]+)(?:\/\?.*)?$/;

/** A device whose connection string names the gateway itself as the hub signs for that name. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * Checks a CONNECT as IoT Hub does: the client id is the device id, and the password a shared access
 * signature with one of the device's keys. Whatever is wrong with these, the answer is the same.
 */
export function authenticate(packet: IConnectPacket, hub: DeviceKeys, now: Date): Authentication {
  if (packet.protocolVersion !== MQTT_3_1_1) return { ok: false, returnCode: UNACCEPTABLE_PROTOCOL };
  const { host = '', deviceId = '' } = USERNAME.exec(packet.username ?? '')?.groups ?? {};
  const keys = packet.clientId === deviceId && isThisHub(host, hub) ? hub.deviceKeys(deviceId) : undefined;
  if (!keys) return { ok: false, returnCode: NOT_AUTHORIZED };
  const expected = { keys: [keys.primary, keys.secondary], audience: `${host}/devices/${deviceId}` };
  const verdict = verifySas(packet.password?.toString() ?? '', expected, now);
  return verdict.ok
    ? { ok: true, deviceId, expiresAt: verdict.expiresAt }
    : { ok: false, returnCode: NOT_AUTHORIZED };
}

function isThisHub(host: string, hub: DeviceKeys): boolean {
  return host.toLowerCase() === hub.hostName.toLowerCase() || LOOPBACK.test(host);
}
