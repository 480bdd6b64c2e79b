import { type Admission, liveRollouts } from '../firmware/admission.ts';
import { decideAdmission } from '../firmware/admission-decision.ts';
import { UploadChangedError } from '../firmware/drop-box.ts';
import { examineUpload } from '../firmware/examination.ts';
import type { Refusal } from '../firmware/refusal.ts';
import { type Forecast, forecastOf, type ForecastParts } from './forecast.ts';

type DryRunParts = Pick<Admission, 'dropBox' | 'releases' | 'rollouts'> & ForecastParts;

export type DryRun =
  | { readonly kind: 'absent' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** `releases` is false where the same bytes are released under this version already. */
  | { readonly kind: 'forecast'; readonly releases: boolean; readonly forecast: Forecast };

/**
 * What the image under `path` would do if it were admitted now: the same checks and the same decision as
 * admission, and what the hub says of the devices. It asks the hub some eight times and writes nothing
 * anywhere. Throws HubError, and what the stores throw.
 */
export async function dryRun(parts: DryRunParts, path: string): Promise<DryRun> {
  const upload = await parts.dropBox.describe(path);
  if (!upload) return { kind: 'absent' };
  try {
    const examined = await examineUpload(parts, upload);
    if (!examined.ok) return { kind: 'refused', refusal: examined.refusal };
    const { wanted, checksums } = examined;
    const { releases: released } = await parts.releases.ofDeviceType(wanted.deviceType);
    const decision = decideAdmission(wanted, checksums, released, await liveRollouts(parts));
    if (decision.kind === 'refuse') return { kind: 'refused', refusal: decision.refusal };
    const releases = decision.kind === 'admit';
    const found = await forecastOf(parts, wanted, checksums, releases);
    if ('refusal' in found) return { kind: 'refused', refusal: found.refusal };
    return { kind: 'forecast', releases, forecast: found.forecast };
  } catch (error) {
    if (error instanceof UploadChangedError) return { kind: 'changed' };
    throw error;
  }
}
