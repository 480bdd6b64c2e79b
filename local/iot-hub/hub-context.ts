import type { ConfigurationRecord } from './configuration-record.ts';
import type { DeviceRecord } from './device-record.ts';
import { twinJson } from './device-record.ts';
import { HubError } from './hub-error.ts';
import type { HubLimits } from './limits.ts';
import type { JsonObject } from './merge-patch.ts';
import type { EventOrigin } from './notifications.ts';
import type { QueryRow } from './query/run-query.ts';
import type { RoutedEvent } from './routed-event.ts';

/** The connection of a device, as the hub drives it. */
export interface DeviceLink {
  /** A desired patch with `$version`; called only while the device is connected and has asked for them. */
  desired(patch: Record<string, unknown>): void;
  /** The hub ends the link: another connection of the same device, or the device is deleted or disabled. */
  drop(reason: string): void;
}

/** What the parts of the hub share: its state, and the world outside as functions. */
export interface HubContext {
  readonly hostName: string;
  readonly limits: HubLimits;
  readonly devices: Map<string, DeviceRecord>;
  readonly configurations: Map<string, ConfigurationRecord>;
  readonly policies: Record<string, string>;
  readonly links: Map<string, DeviceLink>;
  now(): Date;
  random(bytes: number): Buffer;
  /** A number that the hub has never given before, also not before a restart. */
  nextOrder(): number;
  emit(event: RoutedEvent): void;
  changed(): void;
}

/** @throws {HubError} DeviceNotFound */
export function existingDevice(context: HubContext, deviceId: string): DeviceRecord {
  const device = context.devices.get(deviceId);
  if (!device) throw new HubError('DeviceNotFound', `device ${deviceId} not registered`);
  return device;
}

/** The origin of an event of this device, now. */
export function eventOrigin(context: HubContext, deviceId: string): EventOrigin {
  return {
    hubName: context.hostName.split('.')[0] ?? context.hostName,
    deviceId,
    at: context.now(),
    correlationId: context.random(16).toString('hex'),
  };
}

/** All devices as queries see them, in the order of their creation. A document is built once, when it is wanted. */
export function* queryRows(context: HubContext): Generator<QueryRow> {
  for (const device of context.devices.values()) {
    let built: JsonObject | undefined;
    yield { order: device.order, document: () => (built ??= twinJson(device)) };
  }
}

/** Ends a device's link, if it has one, and forgets it. */
export function dropLink(context: HubContext, device: DeviceRecord, reason: string): void {
  const link = context.links.get(device.deviceId);
  if (!link) return;
  context.links.delete(device.deviceId);
  device.connected = false;
  device.connectionStateUpdatedTime = context.now().toISOString();
  link.drop(reason);
}
