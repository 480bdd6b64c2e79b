import { app } from '@azure/functions';
import type { Admission } from '../shared/firmware/admission.ts';
import { sweepUploads } from '../shared/firmware/sweep.ts';
import { errorFields, logEvent } from '../shared/log.ts';
import type { Settings } from '../shared/settings.ts';
import type { Measure } from '../shared/telemetry/instruments.ts';
import { isNewRollout, logAdmission, measureAdmission, warnNearQuota } from './firmware-uploaded.ts';

/** Timer: admits what the blob trigger missed or gave up on. Fails where an upload fails, so that it is seen. */
export function registerUploadsSwept(settings: Settings, admission: () => Admission, measure: Measure): void {
  app.timer('uploads-swept', {
    schedule: settings.firmware.sweepSchedule,
    handler: async (_timer, context) => {
      const parts = admission();
      const { images, results, failures } = await sweepUploads(parts);
      for (const result of results) {
        logAdmission(context, result.kind === 'done' ? result.upload.path : '', result);
        measureAdmission(measure, result);
      }
      if (results.some(isNewRollout)) await warnNearQuota(context, parts.configurations, settings);
      for (const { path, error } of failures) {
        logEvent(context, 'error', 'upload-failed', { path, ...errorFields(error) });
      }
      logEvent(context, 'info', 'uploads-swept', { images, found: results.length, failed: failures.length });
      if (failures.length > 0) {
        throw new AggregateError(
          failures.map(({ error }) => error),
          `${failures.length} uploads could not be admitted now; the next sweep tries again`,
        );
      }
    },
  });
}
