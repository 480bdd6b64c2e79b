/** A connection string that a DevKit cannot use. The message never holds the string itself: it is a secret. */
export class ConnectionStringError extends Error {
  readonly code = 'DEVICE_CONNECTION_STRING';

  constructor(why: string) {
    super(
      `The device connection string ${why}. It looks like ` +
        '"HostName=<hub>.azure-devices.net;DeviceId=<device>;SharedAccessKey=<key>".',
    );
    this.name = 'ConnectionStringError';
  }
}

export interface DeviceAddress {
  deviceId: string;
  /** Where the connection really goes, without a port: the gateway where one is named. */
  host: string;
}

/** Who connects, and to where. Throws `ConnectionStringError` where a part is missing. */
export function parseDeviceConnectionString(text: string): DeviceAddress {
  const parts = new Map<string, string>();
  for (const part of text.split(';').filter((each) => each.trim() !== '')) {
    const at = part.indexOf('=');
    if (at < 1) throw new ConnectionStringError('has a part that is not "name=value"');
    parts.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  const hubHost = required(parts, 'HostName');
  const deviceId = required(parts, 'DeviceId');
  required(parts, 'SharedAccessKey');
  const host = (parts.get('GatewayHostName') ?? hubHost).replace(/:\d+$/, '');
  return { deviceId, host };
}

/** True for a hub on this machine. */
export function isLocal(address: DeviceAddress): boolean {
  return address.host === 'localhost' || address.host === '127.0.0.1';
}

function required(parts: ReadonlyMap<string, string>, name: string): string {
  const value = parts.get(name);
  if (value === undefined || value === '') throw new ConnectionStringError(`has no ${name}`);
  return value;
}
