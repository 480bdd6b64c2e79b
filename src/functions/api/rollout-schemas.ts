import * as z from 'zod';
import { controlActions, type Decision } from '../../shared/rollout/lifecycle.ts';
import { deviceUpdateStates } from '../../shared/status/device-update.ts';
import { timestamp } from './device-updates.ts';
import { exampleRelease, release } from './release-schemas.ts';
import { exampleRolloutPlan, rolloutPlan } from './rollout-plan-schemas.ts';

export const rolloutId = z
  .string()
  .regex(/^[a-z0-9_-]{1,128}$/, 'is not an id that a rollout can have')
  .meta({
    description: 'Id of the rollout and of its configuration in IoT Hub.',
    examples: ['fw-iotdevkit-1-0-1'],
  });

export const ROLLOUT_STATES = ['starting', 'running', 'paused', 'stopped', 'completed', 'retired'] as const;
export const rolloutState = z
  .enum(ROLLOUT_STATES, `must be one of ${ROLLOUT_STATES.join(', ')}`)
  .meta({ id: 'RolloutState', description: '`starting` until IoT Hub has accepted the configuration.' });

/** What the timer may do next. */
export const NEXT_STEPS = [
  'nothing',
  'open-stage',
  'await-approval',
  'pause',
  'stop',
  'complete',
] as const satisfies readonly Decision['kind'][];

const summary = {
  id: rolloutId,
  deviceType: z.string(),
  version: z.string(),
  state: rolloutState,
  reason: z.string().meta({ description: 'Why it is in its state; empty before anything was decided.' }),
  revision: z.int().meta({ description: 'Counts decisions; the journal has one entry for each.' }),
  createdAt: timestamp,
  targetCondition: z.string(),
  priority: z.int(),
  labels: z.record(z.string(), z.string()),
  plan: z.string().meta({ description: 'Name of the plan that was copied into the rollout.' }),
  stage: z.int().meta({ description: 'Index of the newest open stage; -1 before the first.' }),
  stages: z.int().meta({ description: 'How many stages the plan has.' }),
  hub: z
    .object({ targeted: z.int(), applied: z.int(), observedAt: timestamp })
    .optional()
    .meta({ description: 'What IoT Hub last said; absent before it was asked.' }),
};

export const rollout = z
  .object(summary)
  .meta({ id: 'Rollout', description: 'The delivery of one release to the devices that it targets.' });

const counts = z
  .object(Object.fromEntries(deviceUpdateStates.map((state) => [state, z.int()])))
  .meta({ id: 'Counts', description: 'How many devices are in each state.' });

export const rolloutDetail = z
  .object({
    ...summary,
    configuration: z.object({
      id: z.string(),
      targetCondition: z.string(),
      priority: z.int(),
      current: z.boolean().meta({ description: 'Whether IoT Hub has been told of the newest decision.' }),
    }),
    release: release.optional().meta({ description: 'Absent for a moment while a release is taken back.' }),
    counts,
    seen: z.int().meta({ description: 'Devices that have reported anything to this rollout.' }),
    pending: z.int().optional().meta({
      description: 'Targeted devices that have reported nothing; absent before IoT Hub was asked.',
    }),
    stuck: z.int().meta({ description: 'Devices in a working state for longer than the plan allows.' }),
    retrying: z
      .int()
      .meta({ description: 'Devices at work again after an attempt that failed or fell back.' }),
    leftOver: z
      .object({
        pending: z.int().meta({ description: 'Targeted, and nothing was reported.' }),
        working: z.int().meta({ description: 'At work, and within the limits of the plan.' }),
        stuck: z.int(),
        failed: z.int(),
        reverted: z.int(),
        pendingDevices: z
          .object({
            devices: z.int().meta({
              description:
                'How many are listed; fewer than `pending` where devices run the version without having reported it to this rollout.',
            }),
            truncated: z.boolean().meta({ description: 'There may be more than are listed.' }),
            determinedAt: timestamp,
          })
          .optional()
          .meta({
            description: 'Absent until IoT Hub was asked which they are, soon after the completion.',
          }),
      })
      .optional()
      .meta({
        id: 'LeftOver',
        description:
          'Whom a completed rollout has not brought to a good end, as it is now; the journal has it as it was at the completion. Absent before that.',
      }),
    recount: z
      .object({
        drift: z
          .int()
          .meta({ description: 'How many devices were counted or indexed wrongly, and are not any more.' }),
        healings: z.int().meta({ description: 'How often counts were ever corrected.' }),
        recountedAt: timestamp,
      })
      .optional()
      .meta({
        id: 'Recount',
        description:
          'What was found when the counts were last compared with the rows of the devices: all of these at `recountedAt` or later. Absent until that was done once.',
      }),
    planDetail: rolloutPlan,
    openedStages: z.array(z.string()),
    stageOpenedAt: timestamp.optional(),
    evidence: z
      .object({
        succeeded: z.int(),
        failed: z.int(),
        stuck: z.int(),
        working: z.int(),
        targeted: z.int().meta({ description: 'Devices that the stage added.' }),
        ended: z.int().meta({ description: 'Devices with any end since the stage opened.' }),
        targetedInAll: z.int().meta({ description: 'Devices that all open stages select.' }),
        endedInAll: z.int(),
      })
      .meta({ id: 'Evidence', description: 'Numbers of the open stage that its gate judges.' }),
    next: z
      .object({
        decision: z.enum(NEXT_STEPS),
        reasons: z.array(z.object({ rule: z.string(), text: z.string() })),
      })
      .meta({ id: 'NextStep', description: 'What the timer would do now, and why.' }),
    possibleActions: z.array(z.enum(controlActions)),
  })
  .meta({ id: 'RolloutDetail' });

export const exampleRollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  state: 'running',
  reason: '',
  revision: 0,
  createdAt: '2026-03-01T09:00:00.000Z',
  targetCondition: '*',
  priority: 10,
  labels: { team: 'field' },
  plan: 'all-at-once',
  stage: 0,
  stages: 1,
  hub: { targeted: 20, applied: 20, observedAt: '2026-03-01T09:01:00.000Z' },
} as const;

export const exampleRolloutDetail = {
  ...exampleRollout,
  configuration: { id: 'fw-iotdevkit-1-0-1', targetCondition: '*', priority: 10, current: true },
  release: exampleRelease,
  counts: {
    Downloading: 2,
    Verifying: 0,
    Applying: 1,
    Succeeded: 15,
    AlreadyCurrent: 0,
    Failed: 1,
    Reverted: 0,
  },
  seen: 19,
  pending: 1,
  stuck: 0,
  retrying: 0,
  recount: { drift: 0, healings: 0, recountedAt: '2026-03-01T09:05:30.000Z' },
  planDetail: exampleRolloutPlan,
  openedStages: ['100 %'],
  stageOpenedAt: '2026-03-01T09:00:00.000Z',
  evidence: {
    succeeded: 15,
    failed: 1,
    stuck: 0,
    working: 3,
    targeted: 20,
    ended: 16,
    targetedInAll: 20,
    endedInAll: 16,
  },
  next: {
    decision: 'nothing',
    reasons: [{ rule: 'devices', text: '16 of 20 targeted devices have an end' }],
  },
  possibleActions: ['pause', 'stop', 'retarget', 'revert'],
} satisfies z.input<typeof rolloutDetail>;
