import { entityTag } from './entity-tag.ts';
import { NEVER } from './hub-time.ts';
import type { JsonObject } from './merge-patch.ts';
import type { TwinDocument } from './twin-document.ts';
import { twinBody } from './twin-document.ts';

export type ConfigurationStatus = 'Applied' | 'Targeted';

/** All that the hub knows of one device; plain JSON. */
export interface DeviceRecord {
  deviceId: string;
  /** Orders devices by creation and is never used twice; also the source of `generationId`. */
  order: number;
  generationId: string;
  revision: number;
  status: 'enabled' | 'disabled';
  statusReason: string | null;
  statusUpdatedTime: string;
  connected: boolean;
  connectionStateUpdatedTime: string;
  lastActivityTime: string;
  keys: { primary: string; secondary: string };
  /** The device asked for desired patches; stands until it says otherwise, also while it is away. */
  desiredSubscribed: boolean;
  twin: TwinDocument;
  configurations: Record<string, ConfigurationStatus>;
  /** The desired paths that configurations have set, to be removed when none sets them any longer. */
  managedPaths: string[];
}

/** A device as the identity registry answers it. */
export function deviceJson(device: DeviceRecord): JsonObject {
  return {
    deviceId: device.deviceId,
    generationId: device.generationId,
    etag: entityTag(device.revision),
    connectionState: connectionState(device),
    status: device.status,
    statusReason: device.statusReason,
    connectionStateUpdatedTime: device.connectionStateUpdatedTime,
    statusUpdatedTime: device.statusUpdatedTime,
    lastActivityTime: device.lastActivityTime,
    cloudToDeviceMessageCount: 0,
    authentication: {
      type: 'sas',
      symmetricKey: { primaryKey: device.keys.primary, secondaryKey: device.keys.secondary },
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    },
    capabilities: { iotEdge: false },
  };
}

/** A twin as the service API answers it; also the document that queries and target conditions look at. */
export function twinJson(device: DeviceRecord): JsonObject {
  return {
    deviceId: device.deviceId,
    etag: entityTag(device.twin.revision),
    deviceEtag: entityTag(device.revision),
    status: device.status,
    statusUpdateTime: device.statusUpdatedTime,
    connectionState: connectionState(device),
    lastActivityTime: device.lastActivityTime,
    cloudToDeviceMessageCount: 0,
    authenticationType: 'sas',
    x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    modelId: '',
    version: device.twin.version,
    ...twinBody(device.twin),
    capabilities: { iotEdge: false },
    configurations: Object.fromEntries(
      Object.entries(device.configurations).map(([id, status]) => [id, { status }]),
    ),
  };
}

/** The times of a device that was never there. */
export const neverSeen = {
  connected: false,
  connectionStateUpdatedTime: NEVER,
  lastActivityTime: NEVER,
} as const;

function connectionState(device: DeviceRecord): string {
  return device.connected ? 'Connected' : 'Disconnected';
}
