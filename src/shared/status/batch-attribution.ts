import type { TableAccess } from '../azure/table-access.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { attribute } from './attribution.ts';
import type { DeadLetterReason, DeviceReport, RawTwinEvent, SkipReason } from './twin-change.ts';
import { rolloutOfOpenAttempt } from './open-attempts.ts';

/** A report and the event that it came in. */
export interface ReportEvent {
  readonly event: RawTwinEvent;
  readonly report: DeviceReport;
}

/** What a report is to be tried on: the rollouts that it may concern. */
export type AttributedReport =
  | { readonly kind: 'concerns'; readonly report: DeviceReport; readonly rollouts: readonly Rollout[] }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | { readonly kind: 'dead-letter'; readonly event: RawTwinEvent; readonly reason: DeadLetterReason };

/** Attributes one report; `rollouts` are those of its device type. Reads tables only where it names no version. */
export async function attributeReport(
  { event, report }: ReportEvent,
  rollouts: readonly Rollout[],
  access: TableAccess,
): Promise<AttributedReport> {
  const attribution = attribute(report, rollouts);
  switch (attribution.kind) {
    case 'rollouts': {
      const concerned =
        attribution.own === undefined ? attribution.others : [attribution.own, ...attribution.others];
      return concerned.length === 0
        ? { kind: 'skip', reason: 'not-released' }
        : { kind: 'concerns', report, rollouts: concerned };
    }
    case 'open-attempt': {
      if (attribution.candidates.length === 0) return { kind: 'skip', reason: 'not-released' };
      const rollout = await rolloutOfOpenAttempt(access, report, attribution.candidates);
      return rollout === undefined
        ? { kind: 'dead-letter', event, reason: unattributable }
        : { kind: 'concerns', report, rollouts: [rollout] };
    }
  }
}

const unattributable: DeadLetterReason = {
  kind: 'dead-letter',
  code: 'unattributable',
  reason: 'The report names no version, and the device is on its way in no rollout, or in several',
};
