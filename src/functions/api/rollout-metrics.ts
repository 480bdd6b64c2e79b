import type { MetricFamily, Sample } from '../../shared/http/open-metrics.ts';
import { evidenceOf } from '../../shared/rollout/evidence.ts';
import { decide } from '../../shared/rollout/lifecycle.ts';
import type { RolloutRecord } from '../../shared/rollout/rollout.ts';
import { deviceUpdateStates } from '../../shared/status/device-update.ts';
import type { RolloutCounts } from '../../shared/status/ledger-reads.ts';
import type { RecountSummary } from '../../shared/status/shard-recount.ts';
import { NEXT_STEPS, ROLLOUT_STATES } from './rollout-schemas.ts';

export interface CountedRollout {
  readonly rollout: RolloutRecord;
  readonly counts: RolloutCounts;
  /** Absent until each of its shards was recounted once. */
  readonly recount: RecountSummary | undefined;
}

/** Metrics of the rollouts. Labels are rollouts and states, never devices: the series stay few however large a fleet is. */
export function rolloutMetrics(rollouts: readonly CountedRollout[], now: Date): MetricFamily[] {
  const gauge = (name: string, help: string, samples: Sample[]): MetricFamily => ({
    name: `firmware_ota_${name}`,
    type: 'gauge',
    help,
    samples,
  });
  const ofEach = (value: (one: CountedRollout) => number | undefined): Sample[] =>
    rollouts.flatMap((one) => {
      const known = value(one);
      return known === undefined ? [] : [{ labels: { rollout: one.rollout.id }, value: known }];
    });
  return [
    {
      name: 'firmware_ota_rollout',
      type: 'info',
      help: 'What a rollout delivers, and by which plan.',
      samples: rollouts.map(({ rollout }) => ({ labels: infoLabels(rollout), value: 1 })),
    },
    {
      name: 'firmware_ota_rollout_state',
      type: 'stateset',
      help: 'The state of a rollout.',
      samples: rollouts.flatMap(({ rollout }) => stateSamples(rollout)),
    },
    gauge(
      'rollout_open_stages',
      'Stages of a rollout that are open.',
      ofEach((one) => one.rollout.stage + 1),
    ),
    gauge('devices', 'Devices of a rollout by state.', rollouts.flatMap(deviceSamples)),
    gauge(
      'devices_retrying',
      'Devices at work again after a failed attempt.',
      ofEach((one) => one.counts.retrying),
    ),
    gauge(
      'devices_stuck',
      'Devices in a working state for too long.',
      ofEach((one) => one.rollout.observation?.stuck),
    ),
    gauge(
      'devices_targeted',
      'Devices that a rollout targets, as IoT Hub said.',
      ofEach((one) => one.rollout.observation?.targeted),
    ),
    gauge('devices_pending', 'Targeted devices that have reported nothing.', ofEach(pending)),
    {
      name: 'firmware_ota_rollout_next',
      type: 'stateset',
      help: "What the gates of a rollout lead to now: the judge's next step.",
      samples: rollouts.flatMap((one) => nextSamples(one, now)),
    },
    gauge(
      'recount_drift',
      'Devices that the newest recounts found counted or indexed wrongly; they are corrected.',
      ofEach((one) => one.recount?.drift),
    ),
    gauge(
      'recount_healings',
      'How often counts were ever corrected.',
      ofEach((one) => one.recount?.healings),
    ),
    gauge(
      'recount_age_seconds',
      'Since when no shard was compared with its devices longer ago.',
      ofEach((one) => one.recount && secondsSince(one.recount.recountedAt, now)),
    ),
  ];
}

function infoLabels({ id, deviceType, version, planName }: RolloutRecord): Record<string, string> {
  return { rollout: id, device_type: deviceType, version, plan: planName };
}

function stateSamples({ id, state }: RolloutRecord): Sample[] {
  return ROLLOUT_STATES.map((one) => ({
    labels: { rollout: id, firmware_ota_rollout_state: one },
    value: one === state ? 1 : 0,
  }));
}

function nextSamples({ rollout, counts }: CountedRollout, now: Date): Sample[] {
  const evidence = evidenceOf(rollout, counts, rollout.observation?.stuck ?? 0);
  const { kind } = decide(rollout, evidence, now);
  return NEXT_STEPS.map((one) => ({
    labels: { rollout: rollout.id, firmware_ota_rollout_next: one },
    value: one === kind ? 1 : 0,
  }));
}

function secondsSince(time: string, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 1000));
}

function deviceSamples({ rollout, counts }: CountedRollout): Sample[] {
  return deviceUpdateStates.map((state) => ({
    labels: { rollout: rollout.id, state },
    value: counts.byState[state],
  }));
}

function pending({ rollout, counts }: CountedRollout): number | undefined {
  return rollout.observation && Math.max(0, rollout.observation.targeted - counts.seen);
}
