import type { DeviceRecord } from './device-record.ts';
import type { DeviceLink, HubContext } from './hub-context.ts';
import { dropLink, eventOrigin, existingDevice } from './hub-context.ts';
import { HubError } from './hub-error.ts';
import { telemetry } from './notifications.ts';
import type { TwinSection } from './twin-document.ts';
import type { TwinStore } from './twin-store.ts';

/** The outcome of a reported patch: the new `$version`, or the error to answer. */
export type ReportOutcome =
  | { ok: true; version: number }
  | { ok: false; status: number; errorCode: number; message: string };

/** What a connected device can do. A session outlives its link harmlessly: only the newest one can close it. */
export interface DeviceSession {
  readonly deviceId: string;
  /** Both sections with `$version`, without `$metadata`. */
  twin(): { desired: Record<string, unknown>; reported: Record<string, unknown> };
  patchReported(patch: unknown): ReportOutcome;
  /** From now on desired patches go to the link; persisted, so it holds after a reconnect too. */
  subscribeDesired(): void;
  unsubscribeDesired(): void;
  /** `system`: properties by their MQTT names (`$.ct`, `$.ce`, `$.mid`, `$.cid`, `$.uid`), url-decoded. */
  telemetry(body: Buffer, system: Record<string, string>, properties: Record<string, string>): void;
  close(): void;
}

/**
 * Connects a device that has proved who it is; an older connection of the same device is dropped.
 * @throws {HubError} DeviceNotFound, DeviceDisabled
 */
export function openSession(
  context: HubContext,
  twins: TwinStore,
  deviceId: string,
  link: DeviceLink,
): DeviceSession {
  const device = existingDevice(context, deviceId);
  if (device.status === 'disabled') throw new HubError('DeviceDisabled', `device ${deviceId} is disabled`);
  dropLink(context, device, 'the device has connected again');
  context.links.set(deviceId, link);
  setConnected(context, device, true);
  return {
    deviceId,
    twin: () => ({ desired: versioned(device.twin.desired), reported: versioned(device.twin.reported) }),
    patchReported: (patch) => report(twins, deviceId, patch),
    subscribeDesired: () => setSubscribed(context, device, true),
    unsubscribeDesired: () => setSubscribed(context, device, false),
    telemetry: (body, system, properties) => {
      device.lastActivityTime = context.now().toISOString();
      context.emit(telemetry(eventOrigin(context, deviceId), device.generationId, body, system, properties));
    },
    close: () => {
      if (context.links.get(deviceId) !== link) return;
      context.links.delete(deviceId);
      setConnected(context, device, false);
    },
  };
}

function versioned(section: TwinSection): Record<string, unknown> {
  return { ...section.values, $version: section.version };
}

function report(twins: TwinStore, deviceId: string, patch: unknown): ReportOutcome {
  try {
    return { ok: true, version: twins.report(deviceId, patch) };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { ok: false, status: error.status, errorCode: error.number, message: error.message };
  }
}

function setConnected(context: HubContext, device: DeviceRecord, connected: boolean): void {
  device.connected = connected;
  device.connectionStateUpdatedTime = context.now().toISOString();
  device.lastActivityTime = device.connectionStateUpdatedTime;
  context.changed();
}

function setSubscribed(context: HubContext, device: DeviceRecord, subscribed: boolean): void {
  if (device.desiredSubscribed === subscribed) return;
  device.desiredSubscribed = subscribed;
  context.changed();
}
