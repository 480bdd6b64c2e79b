import { z } from 'zod';
import { deviceUpdateStates } from '../../shared/status/device-update.ts';
import { timestamp } from './device-updates.ts';
import { exampleRelease, release } from './release-schemas.ts';

export const rolloutId = z
  .string()
  .regex(/^[a-z0-9_-]{1,128}$/, 'is not an id that a rollout can have')
  .meta({
    description: 'Id of the rollout and of its configuration in IoT Hub.',
    examples: ['fw-iotdevkit-1-0-1'],
  });

const ROLLOUT_STATES = ['starting', 'active'] as const;
export const rolloutState = z
  .enum(ROLLOUT_STATES, `must be one of ${ROLLOUT_STATES.join(', ')}`)
  .meta({ id: 'RolloutState', description: '`starting` until IoT Hub has accepted the configuration.' });

const summary = {
  id: rolloutId,
  deviceType: z.string(),
  version: z.string(),
  state: rolloutState,
  createdAt: timestamp,
  targetCondition: z.string(),
  priority: z.int(),
  labels: z.record(z.string(), z.string()),
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
    configuration: z.object({ id: z.string(), targetCondition: z.string(), priority: z.int() }),
    release: release.optional().meta({ description: 'Absent for a moment while a release is taken back.' }),
    counts,
    seen: z.int().meta({ description: 'Devices that have reported anything to this rollout.' }),
    pending: z.int().optional().meta({
      description: 'Targeted devices that have reported nothing; absent before IoT Hub was asked.',
    }),
  })
  .meta({ id: 'RolloutDetail' });

export const exampleRollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  state: 'active',
  createdAt: '2026-03-01T09:00:00.000Z',
  targetCondition: '*',
  priority: 10,
  labels: { team: 'field' },
  hub: { targeted: 20, applied: 20, observedAt: '2026-03-01T09:01:00.000Z' },
} as const;

export const exampleRolloutDetail = {
  ...exampleRollout,
  configuration: { id: 'fw-iotdevkit-1-0-1', targetCondition: '*', priority: 10 },
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
};
