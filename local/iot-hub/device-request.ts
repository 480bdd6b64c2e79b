import { z } from 'zod';

import { HubError } from './hub-error.ts';
import type { HubLimits } from './limits.ts';

const keySchema = z.base64().nullish();

const deviceSchema = z.object({
  deviceId: z.string(),
  status: z.enum(['enabled', 'disabled']).nullish(),
  statusReason: z.string().max(128).nullish(),
  authentication: z
    .object({
      type: z.string().nullish(),
      symmetricKey: z.object({ primaryKey: keySchema, secondaryKey: keySchema }).nullish(),
    })
    .nullish(),
});

const bulkSchema = z.array(
  z.looseObject({
    id: z.string(),
    importMode: z.string(),
    etag: z.string().optional(),
    eTag: z.string().optional(),
  }),
);

/** What a request says about a device; an undefined key is to be generated or kept. */
export interface DeviceRequest {
  deviceId: string;
  status: 'enabled' | 'disabled';
  statusReason: string | null;
  keys: { primary: string | undefined; secondary: string | undefined };
}

export interface BulkItem {
  deviceId: string;
  /** Lower case: the SDK itself sends `create` beside `Update` and `UpdateIfMatchETag`. */
  importMode: string;
  ifMatch: string | undefined;
  body: unknown;
}

/** @throws {HubError} ArgumentInvalid */
export function parseDevice(deviceId: string, body: unknown, limits: HubLimits): DeviceRequest {
  if (!limits.deviceId.test(deviceId)) {
    throw new HubError('ArgumentInvalid', `the device id ${deviceId} is invalid`);
  }
  const parsed = deviceSchema.safeParse(body);
  if (!parsed.success) throw new HubError('ArgumentInvalid', z.prettifyError(parsed.error));
  const { data } = parsed;
  if (data.deviceId !== deviceId)
    throw new HubError('ArgumentInvalid', `the body is of device ${data.deviceId}`);
  const type = data.authentication?.type ?? 'sas';
  if (type !== 'sas') {
    throw new HubError('ArgumentInvalid', `authentication type ${type} is not supported here, use sas`);
  }
  const key = data.authentication?.symmetricKey;
  return {
    deviceId,
    status: data.status ?? 'enabled',
    statusReason: data.statusReason ?? null,
    // The SDK sends empty texts where the caller gave no keys.
    keys: { primary: key?.primaryKey || undefined, secondary: key?.secondaryKey || undefined },
  };
}

/** Reads the array of `POST /devices`. @throws {HubError} ArgumentInvalid */
export function parseBulk(body: unknown, limits: HubLimits): BulkItem[] {
  const parsed = bulkSchema.safeParse(body);
  if (!parsed.success) throw new HubError('ArgumentInvalid', z.prettifyError(parsed.error));
  if (parsed.data.length === 0 || parsed.data.length > limits.bulkDevices) {
    throw new HubError('ArgumentInvalid', `a bulk request holds 1 to ${limits.bulkDevices} devices`);
  }
  return parsed.data.map((item) => ({
    deviceId: item.id,
    importMode: item.importMode.toLowerCase(),
    ifMatch: item.eTag ?? item.etag,
    body: { ...item, deviceId: item.id },
  }));
}
