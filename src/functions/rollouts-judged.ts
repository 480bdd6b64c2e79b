import { app } from '@azure/functions';
import type { LogFields } from '../shared/log-events.ts';
import { errorFields, logEvent } from '../shared/log.ts';
import { keepCounts } from '../shared/rollout/count-keeping.ts';
import type { CountSeriesStore } from '../shared/rollout/count-series-store.ts';
import { type JudgeParts, judgeRollouts, type Observed } from '../shared/rollout/judge.ts';
import { listPending, type PendingListingParts } from '../shared/rollout/pending-listing.ts';
import { retireSuperseded } from '../shared/rollout/retirement.ts';
import { askAboutStuck, type StuckQuestionsParts } from '../shared/rollout/stuck-questions.ts';
import type { Settings } from '../shared/settings.ts';
import { stateFields } from '../shared/status/move-lines.ts';
import type { Measure } from '../shared/telemetry/instruments.ts';

/**
 * Timer: opens stages, stops and completes rollouts, and takes away what is superseded. What it asks the hub
 * of devices comes after the decisions, which do not wait for it.
 */
export function registerRolloutsJudged(
  settings: Settings,
  parts: () => JudgeParts & { readonly countSeries: CountSeriesStore },
  questions: () => StuckQuestionsParts & PendingListingParts,
  measure: Measure,
): void {
  app.timer('rollouts-judged', {
    schedule: settings.rollouts.judgeSchedule,
    handler: async (_timer, context) => {
      const now = new Date();
      const observed: Observed[] = [];
      const { judgements, failures } = await judgeRollouts(
        { ...parts(), observed: (one) => observed.push(one) },
        now,
      );
      for (const one of observed) {
        if (one.isOpen) logEvent(context, 'info', 'rollout-counted', countedFields(one));
      }
      for (const judgement of judgements) {
        const level = judgement.decision === 'nothing' ? 'debug' : 'info';
        logEvent(context, level, 'rollout-judged', judgement);
        measure('ota.gate.decisions', 1, { decision: judgement.decision });
      }
      for (const { rollout, error } of failures) {
        logEvent(context, 'error', 'rollout-judgement-failed', { rollout, ...errorFields(error) });
      }
      for (const { rollout, error } of await keepCounts(parts().countSeries, observed, now)) {
        logEvent(context, 'error', 'rollout-counts-not-kept', { rollout, ...errorFields(error) });
      }
      const unasked = [
        ...(await listPending(questions(), observed, now)),
        ...(await askAboutStuck(questions(), observed, now)),
      ];
      for (const { rollout, error } of unasked) {
        logEvent(context, 'warn', 'rollout-devices-not-asked', { rollout, ...errorFields(error) });
      }
      // What failed is said before anything else can fail.
      if (failures.length > 0) {
        throw new AggregateError(
          failures.map(({ error }) => error),
          `${failures.length} rollouts could not be judged now; the next run tries again`,
        );
      }
      const retired = await retireSuperseded(parts(), await parts().rollouts.list(), now);
      if (retired.length > 0) logEvent(context, 'info', 'rollouts-retired', { rollouts: retired });
    },
  });
}

function countedFields({ rollout, counts, stuck }: Observed): LogFields<'rollout-counted'> {
  return {
    rollout: rollout.id,
    deviceType: rollout.deviceType,
    version: rollout.version,
    rolloutState: rollout.state,
    stage: rollout.stage,
    targeted: rollout.observation?.targeted ?? 0,
    seen: counts.seen,
    stuck,
    ...stateFields((state) => counts.byState[state]),
  };
}
