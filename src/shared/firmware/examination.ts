import { configurationFault } from '../rollout/configuration-limits.ts';
import { findPlan } from '../rollout/plan-store.ts';
import type { Plan } from '../rollout/plan.ts';
import type { Admission } from './admission.ts';
import { type Checksums, ChecksumStream } from './checksums.ts';
import { checkImage, checkSize } from './image-checks.ts';
import { type Refusal, refusal } from './refusal.ts';
import { readUploadRequest, type Upload, type UploadRequest } from './upload.ts';

/** What an upload asks for once its plan is found: the upload's own words win over the plan's. */
export interface Wanted {
  readonly version: string;
  readonly deviceType: string;
  readonly targetCondition: string;
  readonly planName: string;
  readonly plan: Plan;
  readonly dryRun: boolean;
}

export type Examined =
  | { readonly ok: true; readonly wanted: Wanted; readonly bytes: Buffer; readonly checksums: Checksums }
  | { readonly ok: false; readonly refusal: Refusal };

/** Everything that can be said of an upload without what is released: metadata, plan, size, bytes. */
export async function examineUpload(
  parts: Pick<Admission, 'dropBox' | 'policy'>,
  upload: Upload,
): Promise<Examined> {
  const read = readUploadRequest(upload, { deviceType: parts.policy.defaultDeviceType });
  if (!read.ok) return read;
  const profile = parts.policy.profileOf(read.request.deviceType);
  const wrongSize = checkSize(upload.size, profile);
  if (wrongSize) return { ok: false, refusal: wrongSize };
  const found = await findPlan(parts.dropBox, read.request.plan ?? parts.policy.defaultPlan);
  if (!found.ok) return found;
  const wanted = wantedBy(read.request, found);
  const unfit = unfitPlan(wanted);
  if (unfit) return { ok: false, refusal: unfit };
  const stream = new ChecksumStream();
  const bytes = await parts.dropBox.read(upload, (chunk) => stream.update(chunk));
  const wrongImage = checkImage(bytes, read.request.version, profile);
  if (wrongImage) return { ok: false, refusal: wrongImage };
  return { ok: true, wanted, bytes, checksums: stream.digest() };
}

function wantedBy(request: UploadRequest, { name, plan }: { name: string; plan: Plan }): Wanted {
  const targetCondition = request.targetCondition ?? plan.targetCondition;
  return {
    version: request.version,
    deviceType: request.deviceType,
    targetCondition,
    planName: name,
    plan: {
      ...plan,
      targetCondition,
      priority: request.priority ?? plan.priority,
      labels: { ...plan.labels, ...request.labels },
    },
    dryRun: request.dryRun,
  };
}

/** The upload's own words and the plan's fit each by itself, and may not fit together. */
function unfitPlan({ planName, plan }: Wanted): Refusal | undefined {
  const fault = configurationFault(plan);
  if (!fault) return undefined;
  return refusal(
    fault.member === 'labels' ? 'label-invalid' : 'target-condition-invalid',
    `The metadata of the image and the plan "${planName}" do not fit together into a configuration: ${fault.message}. Shorten one of them and upload the image again.`,
  );
}
