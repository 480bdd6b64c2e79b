import type { DeviceRecord } from './device-record.ts';
import { deviceJson, neverSeen } from './device-record.ts';
import type { BulkItem, DeviceRequest } from './device-request.ts';
import { parseBulk, parseDevice } from './device-request.ts';
import { checkIfMatch, entityTag } from './entity-tag.ts';
import type { HubContext } from './hub-context.ts';
import { dropLink, eventOrigin, existingDevice } from './hub-context.ts';
import { HubError } from './hub-error.ts';
import { NEVER } from './hub-time.ts';
import type { JsonObject } from './merge-patch.ts';
import { deviceLifecycle } from './notifications.ts';
import { newTwin, twinBody } from './twin-document.ts';

const KEY_BYTES = 32;

/** The identity registry. Every method throws {@link HubError} where the real one answers an error. */
export class DeviceRegistry {
  private readonly context: HubContext;

  constructor(context: HubContext) {
    this.context = context;
  }

  get(deviceId: string): JsonObject {
    return deviceJson(existingDevice(this.context, deviceId));
  }

  /** At most `top` devices, the oldest first. */
  list(top: number): JsonObject[] {
    return [...this.context.devices.values()].slice(0, top).map(deviceJson);
  }

  create(deviceId: string, body: unknown): JsonObject {
    const request = parseDevice(deviceId, body, this.context.limits);
    if (this.context.devices.has(deviceId)) {
      throw new HubError('DeviceAlreadyExists', `device ${deviceId} already registered`);
    }
    const device = this.newDevice(request);
    this.context.devices.set(deviceId, device);
    this.lifecycle('createDeviceIdentity', device);
    this.context.changed();
    return deviceJson(device);
  }

  /** Keys that the request leaves out stay. A device that becomes disabled loses its link. */
  update(deviceId: string, body: unknown, ifMatch: string | undefined): JsonObject {
    const device = existingDevice(this.context, deviceId);
    checkIfMatch(ifMatch, device.revision);
    const request = parseDevice(deviceId, body, this.context.limits);
    device.revision++;
    device.statusReason = request.statusReason;
    device.keys = {
      primary: request.keys.primary ?? device.keys.primary,
      secondary: request.keys.secondary ?? device.keys.secondary,
    };
    if (device.status !== request.status) {
      device.status = request.status;
      device.statusUpdatedTime = this.context.now().toISOString();
    }
    if (device.status === 'disabled') dropLink(this.context, device, 'the device is disabled');
    this.context.changed();
    return deviceJson(device);
  }

  delete(deviceId: string, ifMatch: string | undefined): void {
    const device = existingDevice(this.context, deviceId);
    checkIfMatch(ifMatch, device.revision);
    dropLink(this.context, device, 'the device is deleted');
    this.context.devices.delete(deviceId);
    this.lifecycle('deleteDeviceIdentity', device);
    this.context.changed();
  }

  /** Each item on its own: one that fails is reported and does not hold up the others. */
  bulk(body: unknown): JsonObject {
    const errors = parseBulk(body, this.context.limits).flatMap((item) => {
      try {
        this.applyBulkItem(item);
        return [];
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        return [{ deviceId: item.deviceId, errorCode: error.code, errorStatus: error.message }];
      }
    });
    return { isSuccessful: errors.length === 0, errors, warnings: [] };
  }

  statistics(): JsonObject {
    const devices = [...this.context.devices.values()];
    const enabled = devices.filter((device) => device.status === 'enabled').length;
    return {
      totalDeviceCount: devices.length,
      enabledDeviceCount: enabled,
      disabledDeviceCount: devices.length - enabled,
    };
  }

  private applyBulkItem({ deviceId, importMode, ifMatch, body }: BulkItem): void {
    switch (importMode) {
      case 'create':
        this.create(deviceId, body);
        return;
      case 'update':
        this.update(deviceId, body, undefined);
        return;
      case 'updateifmatchetag':
        this.update(deviceId, body, ifMatch ?? '');
        return;
      case 'delete':
        this.delete(deviceId, undefined);
        return;
      case 'deleteifmatchetag':
        this.delete(deviceId, ifMatch ?? '');
        return;
      default:
        throw new HubError('ArgumentInvalid', `importMode ${importMode} is not supported`);
    }
  }

  private newDevice(request: DeviceRequest): DeviceRecord {
    const order = this.context.nextOrder();
    return {
      deviceId: request.deviceId,
      order,
      generationId: String(BigInt(this.context.now().getTime()) * 1000n + BigInt(order % 1000)),
      revision: 1,
      status: request.status,
      statusReason: request.statusReason,
      statusUpdatedTime: NEVER,
      ...neverSeen,
      keys: {
        primary: request.keys.primary ?? this.newKey(),
        secondary: request.keys.secondary ?? this.newKey(),
      },
      desiredSubscribed: false,
      twin: newTwin(this.context.now()),
      configurations: {},
      managedPaths: [],
    };
  }

  private newKey(): string {
    return this.context.random(KEY_BYTES).toString('base64');
  }

  private lifecycle(opType: Parameters<typeof deviceLifecycle>[1], device: DeviceRecord): void {
    const { deviceId, twin } = device;
    const body = { deviceId, etag: entityTag(twin.revision), version: twin.version, ...twinBody(twin) };
    this.context.emit(deviceLifecycle(eventOrigin(this.context, device.deviceId), opType, body));
  }
}
