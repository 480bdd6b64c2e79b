import type { DropBox } from '../../shared/firmware/drop-box.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { LateAnswerError, within } from '../../shared/http/within.ts';
import type { Installation } from '../../shared/installation.ts';
import { errorFields } from '../../shared/log.ts';
import type { BucketTags } from '../../shared/rollout/bucket-tags.ts';
import type { HubConfigurations } from '../../shared/rollout/hub-configurations.ts';
import { findPlan } from '../../shared/rollout/plan-store.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { EventArrivals } from '../../shared/status/event-arrivals.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { reportArrivals } from '../../shared/status/report-arrivals.ts';
import { diagnosis, exampleDiagnosis } from './diagnosis-schemas.ts';

export interface DiagnosisParts {
  readonly rollouts: Pick<RolloutStore, 'list'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'reportsOf'>>;
  readonly dropBox: Pick<DropBox, 'readText'>;
  /** What is asked for a diagnosis alone. */
  readonly diagnosis: {
    readonly events: () => Promise<EventArrivals>;
    readonly tags: Pick<BucketTags, 'progress'>;
    readonly configurations: Pick<HubConfigurations, 'count'>;
    readonly installation: Installation;
  };
}

/** As long as readiness waits for a service. */
const TIMEOUT_MS = 5000;

const getDiagnosis = operation({
  id: 'diagnosis',
  method: 'GET',
  path: '/diagnosis',
  right: 'read',
  tag: 'Health',
  summary: 'Tell what can be wrong though everything answers',
  description:
    'What `ota doctor` judges: whether events and reports arrive, bucket tags, room on the hub, the default plan, settings. What a service does not tell is `known: false` with the reason.',
  answer: json({ schema: diagnosis, description: 'What was found.', example: exampleDiagnosis }),
});

/** HTTP: what an operator wants to know of an installation. Asks the hub once. */
export function diagnosisRoutes(parts: DiagnosisParts): Route[] {
  return [
    route(getDiagnosis, async () => {
      const { events, tags, configurations, installation } = parts.diagnosis;
      const { defaultPlan, configurationQuota: limit, ...settings } = installation;
      const [arrivals, reports, tagging, quota, plan] = await Promise.all([
        told(events),
        told(async () => {
          const { newestAt, offered, silent } = await reportArrivals(parts.rollouts, await parts.ledger());
          return { ...(newestAt !== undefined && { newestAt }), offered, silent: [...silent] };
        }),
        told(async () => tags.progress()),
        told(async () => ({ configurations: await configurations.count(), limit })),
        told(async () => planCheck(parts.dropBox, defaultPlan)),
      ]);
      return { body: { events: arrivals, reports, tags: tagging, quota, plan, settings } };
    }),
  ];
}

/** What is told within the time, or why nothing is. */
async function told<Told extends object>(ask: () => Promise<Told>) {
  try {
    return { known: true as const, ...(await within(TIMEOUT_MS, ask())) };
  } catch (error) {
    const reason = error instanceof LateAnswerError ? error.message : errorFields(error).error;
    return { known: false as const, reason };
  }
}

async function planCheck(dropBox: Pick<DropBox, 'readText'>, name: string) {
  const found = await findPlan(dropBox, name);
  return { name, ...(!found.ok && { problem: found.refusal.message }) };
}
