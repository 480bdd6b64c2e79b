import * as z from 'zod';

const gate = z
  .object({
    minAnswered: z.int(),
    maxFailedPercent: z.number(),
    maxFailed: z.int().optional(),
    maxStuck: z.int().optional(),
    soakMinutes: z.number(),
    minSucceededPercent: z.number().optional(),
    minEndedPercent: z.number().optional(),
  })
  .meta({
    id: 'Gate',
    description: 'What must hold before the next stage opens, and what ends the rollout.',
  });

const stage = z
  .object({
    name: z.string(),
    percent: z
      .number()
      .optional()
      .meta({ description: 'The share of the devices that it offers, earlier stages included.' }),
    where: z.string().optional().meta({ description: 'The condition of its own, where it is no share.' }),
    minDevices: z.int(),
    approval: z.boolean().meta({ description: 'Whether a person must approve before it opens.' }),
    gate,
  })
  .meta({ id: 'Stage' });

/** The plan as a rollout has copied it. */
export const rolloutPlan = z
  .object({
    stages: z.array(stage),
    onGateFailed: z.enum(['pause', 'stop']),
    limits: z
      .object({ downloadingMinutes: z.number(), verifyingMinutes: z.number(), applyingMinutes: z.number() })
      .meta({ description: 'How long a device may stay in each working state before it counts as stuck.' }),
    window: z
      .object({ days: z.array(z.string()), from: z.string(), to: z.string() })
      .optional()
      .meta({ description: 'When stages may open, in UTC; absent: always.' }),
    deadlineHours: z.number().optional(),
  })
  .meta({
    id: 'RolloutPlan',
    description:
      'The plan that was copied into the rollout when it started; a target condition or priority that was changed since stands in `configuration`.',
  });

export const exampleRolloutPlan = {
  stages: [
    {
      name: '100 %',
      percent: 100,
      minDevices: 0,
      approval: false,
      gate: { minAnswered: 0, maxFailedPercent: 100, soakMinutes: 0 },
    },
  ],
  onGateFailed: 'stop',
  limits: { downloadingMinutes: 15, verifyingMinutes: 10, applyingMinutes: 10 },
} satisfies z.input<typeof rolloutPlan>;
