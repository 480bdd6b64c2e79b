import { createHash } from 'node:crypto';

/** How devices may appear in logs. */
export const deviceLogging = ['full', 'hashed', 'none'] as const;
export type DeviceLogging = (typeof deviceLogging)[number];

/** What of a device's id goes into the log; undefined for nothing. */
export type DeviceName = (deviceId: string) => string | undefined;

/**
 * `hashed` is a pseudonym: lines of one device can be put together, and who knows an id can find its lines,
 * but the log does not list the ids. It is not anonymous, since guessed ids can be hashed too.
 */
export function deviceNameFor(logging: DeviceLogging): DeviceName {
  switch (logging) {
    case 'full':
      return (deviceId) => deviceId;
    case 'hashed':
      return (deviceId) => createHash('sha256').update(deviceId).digest('hex').slice(0, 16);
    case 'none':
      return () => undefined;
  }
}
