import type { RolloutDetail } from '../../../client/answers.ts';
import { exampleRolloutDetail } from '../../../src/functions/api/rollout-schemas.ts';

/** Five minutes after the example rollout began. */
export const NOW = new Date('2026-03-01T09:05:00.000Z');

const gate = { minAnswered: 4, maxFailedPercent: 10, soakMinutes: 10 };

/** A rollout of two stages in the middle of its first one. */
export function rolloutAtHand(change: Partial<RolloutDetail> = {}): RolloutDetail {
  return {
    ...exampleRolloutDetail,
    possibleActions: [...exampleRolloutDetail.possibleActions],
    plan: 'careful',
    stages: 2,
    planDetail: {
      ...exampleRolloutDetail.planDetail,
      stages: [
        { name: '10 %', percent: 10, minDevices: 5, approval: false, gate },
        { name: '100 %', percent: 100, minDevices: 0, approval: true, gate },
      ],
    },
    openedStages: ['10 %'],
    ...change,
  };
}
