import type { Gate, Plan, Stage } from './plan.ts';

/** What both plans share; they are also the defaults of a plan's document. */
const common = {
  targetCondition: '*',
  priority: 10,
  labels: {},
  limits: { downloadingMinutes: 15, verifyingMinutes: 10, applyingMinutes: 10 },
  onGateFailed: 'stop',
  keepSuperseded: 3,
} as const satisfies Partial<Plan>;

/**
 * `all-at-once` is what the portal does: everybody is offered the image, and nothing ends it.
 *
 * `careful` takes four answers as enough in every stage, because a stage of a small fleet adds five devices
 * and one of them may be switched off: for the same reason a fifth of the offered devices may be silent. In
 * a large stage the confidence bound asks for at least 35 answers by itself.
 * The soak time grows with the damage that a late fault would do: an update takes a few minutes, so 10
 * minutes show a whole update, 30 and 60 also show a device that fails after some work.
 */
export const builtInPlans: Readonly<Record<'all-at-once' | 'careful', Plan>> = {
  'all-at-once': {
    ...common,
    stages: [
      {
        name: '100 %',
        minDevices: 0,
        approval: false,
        gate: { minAnswered: 0, maxFailedPercent: 100, soakMinutes: 0 },
        kind: 'percent',
        percent: 100,
      },
    ],
  },
  careful: {
    ...common,
    stages: [
      carefulStage(0.1, 10),
      carefulStage(1, 30),
      carefulStage(10, 60),
      carefulStage(50, 60),
      carefulStage(100, 60),
    ],
  },
};

function carefulStage(percent: number, soakMinutes: number): Stage {
  const gate: Gate = { minAnswered: 4, maxFailedPercent: 10, soakMinutes, minEndedPercent: 80 };
  return { name: `${percent} %`, minDevices: 5, approval: false, gate, kind: 'percent', percent };
}
