import { app, type InvocationContext } from '@azure/functions';
import { ResourceFactoryResolver, type ModelBindingData } from '@azure/functions-extensions-base';
import * as z from 'zod';
import { type Admission, type AdmissionResult, admitUpload } from '../shared/firmware/admission.ts';
import { isFirmware } from '../shared/firmware/upload.ts';
import { HubError } from '../shared/azure/hub-error.ts';
import { errorFields, logEvent } from '../shared/log.ts';
import { quotaWarning } from '../shared/rollout/configuration-quota.ts';
import type { HubConfigurations } from '../shared/rollout/hub-configurations.ts';
import { connectionNames, type Settings } from '../shared/settings.ts';
import type { Measure } from '../shared/telemetry/instruments.ts';

/** A blob's name without its bytes. */
interface BlobReference {
  readonly BlobName: string;
}

/**
 * Blob trigger on the drop box. The binding hands over a reference instead of the bytes: the host would
 * load a file of any size into memory before the app could look at its size.
 */
export function registerFirmwareUploaded(
  settings: Settings,
  admission: () => Admission,
  measure: Measure,
): void {
  ResourceFactoryResolver.getInstance().registerResourceFactory('AzureStorageBlobs', blobReference);
  app.storageBlob<BlobReference>('firmware-uploaded', {
    path: `${settings.firmware.container}/{name}`,
    connection: connectionNames.storage,
    source: settings.firmware.triggerSource === 'EventGrid' ? 'EventGrid' : 'LogsAndContainerScan',
    sdkBinding: true,
    handler: async ({ BlobName: path }, context) => {
      if (!isFirmware(path)) {
        logEvent(context, 'debug', 'upload-ignored', { path });
        return;
      }
      const parts = admission();
      const result = await admitUpload(parts, path);
      logAdmission(context, path, result);
      measureAdmission(measure, result);
      if (isNewRollout(result)) await warnNearQuota(context, parts.configurations, settings);
    },
  });
}

/** Whether the admission has put a configuration on the hub. */
export function isNewRollout(result: AdmissionResult): boolean {
  return (
    result.kind === 'done' &&
    !result.repeated &&
    result.outcome.kind === 'admitted' &&
    result.outcome.releasedNow
  );
}

/** Somebody should know before the hub takes no further configuration. What was admitted stays admitted. */
export async function warnNearQuota(
  context: InvocationContext,
  configurations: Pick<HubConfigurations, 'count'>,
  { hubLimits }: Pick<Settings, 'hubLimits'>,
): Promise<void> {
  const quota = hubLimits.configurations;
  try {
    const count = await configurations.count();
    const warning = quotaWarning(count, quota);
    if (warning !== undefined)
      logEvent(context, 'warn', 'configurations-near-quota', { configurations: count, quota, warning });
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    logEvent(context, 'warn', 'configurations-not-counted', errorFields(error));
  }
}

/** One line for each admission; a refusal is a warning, since a person has to do something. */
export function logAdmission(context: InvocationContext, path: string, result: AdmissionResult): void {
  if (result.kind === 'gone') {
    logEvent(context, 'info', 'upload-gone', { path });
    return;
  }
  const { upload, outcome, repeated, tags } = result;
  const fields = { path, etag: upload.etag, size: upload.size, repeated, tags };
  switch (outcome.kind) {
    case 'admitted':
      logEvent(context, 'info', 'upload-admitted', {
        ...fields,
        rollout: outcome.rolloutId,
        releasedNow: outcome.releasedNow,
      });
      return;
    case 'dry-run':
      logEvent(context, 'info', 'upload-checked', { ...fields, wouldRelease: outcome.wouldRelease });
      return;
    case 'refused':
      logEvent(context, 'warn', 'upload-refused', {
        ...fields,
        code: outcome.refusal.code,
        reason: outcome.refusal.message,
      });
  }
}

/** A repetition is no second upload. */
export function measureAdmission(measure: Measure, result: AdmissionResult): void {
  if (result.kind === 'done' && !result.repeated) measure('ota.uploads', 1, { outcome: result.outcome.kind });
}

const referenceSchema = z.object({ BlobName: z.string().min(1) });

function blobReference(data: ModelBindingData | ModelBindingData[]): BlobReference {
  const { content } = Array.isArray(data) ? (data[0] ?? {}) : data;
  return referenceSchema.parse(JSON.parse(Buffer.from(content ?? []).toString('utf8')));
}
