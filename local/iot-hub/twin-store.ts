import { z } from 'zod';

import type { DeviceRecord } from './device-record.ts';
import { twinJson } from './device-record.ts';
import { checkIfMatch, entityTag } from './entity-tag.ts';
import type { HubContext } from './hub-context.ts';
import { eventOrigin, existingDevice } from './hub-context.ts';
import { HubError } from './hub-error.ts';
import type { JsonObject } from './merge-patch.ts';
import { diffPatch, isObject } from './merge-patch.ts';
import { twinChanged } from './notifications.ts';
import type { TwinChange } from './twin-document.ts';
import { patchTwin, replaceTwin } from './twin-document.ts';

/** What has come this far was parsed from JSON; keys, values and depth are checked with the limits. */
const objectSchema = z.custom<JsonObject>(isObject, 'not a JSON object');
const patchSchema = z.object({
  tags: objectSchema.optional(),
  properties: z.object({ desired: objectSchema.optional() }).optional(),
});

/** Twins: reads, and every write with the notification and the patch to the device that follow from it. */
export class TwinStore {
  private readonly context: HubContext;

  constructor(context: HubContext) {
    this.context = context;
  }

  get(deviceId: string): JsonObject {
    return twinJson(existingDevice(this.context, deviceId));
  }

  /** `PATCH /twins/{id}`: merges tags and desired properties. */
  update(deviceId: string, body: unknown, ifMatch: string | undefined): JsonObject {
    const { device, patch } = this.serviceRequest(deviceId, body, ifMatch);
    const change = patchTwin(device.twin, patch, this.context.now(), this.context.limits);
    this.write(device, 'updateTwin', change, patch.desired);
    return twinJson(device);
  }

  /** `PUT /twins/{id}`: sets tags and desired properties as a whole. */
  replace(deviceId: string, body: unknown, ifMatch: string | undefined): JsonObject {
    const { device, patch } = this.serviceRequest(deviceId, body, ifMatch);
    const before = device.twin.desired.values;
    const { twin, changed } = replaceTwin(device.twin, patch, this.context.now(), this.context.limits);
    const identified = { deviceId, etag: entityTag(twin.revision), ...changed };
    const toDevice = patch.desired && diffPatch(before, twin.desired.values);
    this.write(device, 'replaceTwin', { twin, changed: identified }, toDevice);
    return twinJson(device);
  }

  /** What the hub itself sets for a configuration. @throws {HubError} where the twin would grow too large */
  setDesired(device: DeviceRecord, patch: JsonObject): void {
    const change = patchTwin(device.twin, { desired: patch }, this.context.now(), this.context.limits);
    this.write(device, 'updateTwin', change, patch);
  }

  /** What the device reports; the new `$version`. @throws {HubError} ArgumentInvalid */
  report(deviceId: string, body: unknown): number {
    const device = existingDevice(this.context, deviceId);
    const reported = objectSchema.safeParse(body);
    if (!reported.success) throw new HubError('ArgumentInvalid', z.prettifyError(reported.error));
    const change = patchTwin(
      device.twin,
      { reported: reported.data },
      this.context.now(),
      this.context.limits,
    );
    device.lastActivityTime = this.context.now().toISOString();
    this.write(device, 'updateTwin', change, undefined);
    return device.twin.reported.version;
  }

  private serviceRequest(
    deviceId: string,
    body: unknown,
    ifMatch: string | undefined,
  ): { device: DeviceRecord; patch: { tags: JsonObject | undefined; desired: JsonObject | undefined } } {
    const device = existingDevice(this.context, deviceId);
    checkIfMatch(ifMatch, device.twin.revision);
    const parsed = patchSchema.safeParse(body);
    if (!parsed.success) throw new HubError('ArgumentInvalid', z.prettifyError(parsed.error));
    return { device, patch: { tags: parsed.data.tags, desired: parsed.data.properties?.desired } };
  }

  private write(
    device: DeviceRecord,
    opType: 'updateTwin' | 'replaceTwin',
    { twin, changed }: TwinChange,
    desired: JsonObject | undefined,
  ): void {
    device.twin = twin;
    this.context.emit(twinChanged(eventOrigin(this.context, device.deviceId), opType, changed));
    if (desired && device.desiredSubscribed) {
      this.context.links.get(device.deviceId)?.desired({ ...desired, $version: twin.desired.version });
    }
    this.context.changed();
  }
}
