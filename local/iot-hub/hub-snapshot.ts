import { z } from 'zod';

import type { ConfigurationRecord } from './configuration-record.ts';
import type { DeviceRecord } from './device-record.ts';
import { isObject } from './merge-patch.ts';

/** Raised with every change of what a snapshot holds; another version is not read. */
export const snapshotVersion = 1;

/** All state of a hub as plain JSON. */
export interface HubSnapshot {
  version: number;
  lastOrder: number;
  policies: Record<string, string>;
  devices: DeviceRecord[];
  configurations: ConfigurationRecord[];
}

/** The hub wrote the records itself, so their members are taken as they are; form and version are checked. */
const snapshotSchema = z.object({
  version: z.literal(snapshotVersion),
  lastOrder: z.int(),
  policies: z.record(z.string(), z.string()),
  devices: z.array(z.custom<DeviceRecord>(isObject)),
  configurations: z.array(z.custom<ConfigurationRecord>(isObject)),
});

/** Takes parsed JSON for a snapshot. @throws {z.ZodError} where it is none, or of another version */
export function parseSnapshot(json: unknown): HubSnapshot {
  return snapshotSchema.parse(json);
}

/** A device after a restart of the hub: as it was, but no link survives. */
export function restoredDevice(device: DeviceRecord): DeviceRecord {
  return { ...device, connected: false };
}
