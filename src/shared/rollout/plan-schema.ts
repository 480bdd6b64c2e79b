import * as z from 'zod';
import { bucketsOf, BUCKETS } from './bucket.ts';
import { conditionFault } from './condition-text.ts';
import { configurationFault, LABEL, MAX_PRIORITY } from './configuration-limits.ts';
import type { Gate, Plan, Stage } from './plan.ts';
import { weekdays } from './rollout-window.ts';

const MAX_MINUTES = 60 * 24 * 365;
const MAX_STAGES = 20;

const percent = z.number().min(0).max(100);
const count = z.int().min(0).max(10_000_000);
const minutes = z.number().min(0).max(MAX_MINUTES);
const limit = z.number().positive().max(MAX_MINUTES);
const condition = z
  .string()
  .trim()
  .min(1)
  .superRefine((text, context) => {
    const fault = conditionFault(text);
    if (fault !== undefined) context.addIssue(`the condition ${fault}`);
  });
const label = z.string().regex(LABEL);
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM in UTC, 00:00 to 23:59');

const gate = z
  .strictObject({
    minAnswered: count
      .default(4)
      .describe(
        'Devices of the stage that must have succeeded or failed; 0: time alone opens the next stage.',
      ),
    maxFailedPercent: percent.default(10).describe('The share of devices that may fail.'),
    maxFailed: count
      .optional()
      .describe('More failed devices than this end the rollout, whatever the share.'),
    maxStuck: count.optional().describe('More stuck devices than this end the rollout.'),
    soakMinutes: minutes.default(10).describe('How long the stage stays open at least.'),
    minSucceededPercent: percent
      .optional()
      .describe('Of the devices that succeeded, failed or are stuck, the share that must have succeeded.'),
    minEndedPercent: percent
      .optional()
      .describe(
        'Where too few answered for a bound: the share of offered devices that must have an end. Without it: all.',
      ),
  })
  .transform((given): Gate => withoutUndefined(given));

const stage = z
  .strictObject({
    name: z.string().trim().min(1).max(64).optional().describe('Default: the share or the condition.'),
    percent: z
      .number()
      .min(100 / BUCKETS)
      .max(100)
      .optional()
      .describe('The share of the devices, all earlier stages included. 100 is the target condition alone.'),
    where: condition
      .refine((text) => text !== '*', 'for every device use "percent": 100')
      .optional()
      .describe("A condition of its own, e.g. tags.ring = 'canary'."),
    minDevices: count.default(5).describe('How many devices a share adds at least; it grows until it does.'),
    approval: z.boolean().default(false).describe('Whether a person must approve before the stage opens.'),
    gate: gate
      .prefault({})
      .describe('What must hold before the next stage opens, and what ends the rollout.'),
  })
  .meta({ oneOf: [{ required: ['percent'] }, { required: ['where'] }] })
  .transform(({ name, percent: share, where, ...rest }, context): Stage => {
    if (share !== undefined && where === undefined)
      return { name: name ?? `${share} %`, ...rest, kind: 'percent', percent: share };
    if (where !== undefined && share === undefined)
      return { name: name ?? where.slice(0, 64), ...rest, kind: 'where', where };
    context.addIssue('a stage has either "percent" or "where"');
    return z.NEVER;
  });

/** The tutorial's way: everybody at once, and nothing that would end it. */
const everybody = {
  percent: 100,
  minDevices: 0,
  gate: { minAnswered: 0, maxFailedPercent: 100, soakMinutes: 0 },
};

/** A plan as a person writes it, which becomes a `Plan`. An unknown member is an error: it may be a misspelt limit. */
export const planDocument = z
  .strictObject({
    $schema: z.string().optional().describe('Address of this schema, for editors.'),
    targetCondition: condition.default('*').describe('Which devices the rollout is for; * is every device.'),
    priority: z
      .int()
      .min(0)
      .max(MAX_PRIORITY)
      .default(10)
      .describe('Of the configuration on the hub; the highest wins.'),
    labels: z.record(label, label).default({}).describe('Labels of the configuration on the hub.'),
    stages: z
      .array(stage)
      .min(1)
      .max(MAX_STAGES)
      .superRefine(checkOrder)
      // The smallest length, 1, stands above.
      .transform((stages) => stages as [Stage, ...Stage[]])
      .prefault([everybody])
      .describe('In the order in which they open. Without them everybody is offered the image at once.'),
    limits: z
      .strictObject({
        downloadingMinutes: limit.default(15),
        verifyingMinutes: limit.default(10),
        applyingMinutes: limit.default(10),
      })
      .prefault({})
      .describe('How long a device may stay in each working state before it counts as stuck.'),
    onGateFailed: z
      .enum(['pause', 'stop'])
      .default('stop')
      .describe(
        'pause: no further stage opens. stop: the offer is also withdrawn from devices that have not begun.',
      ),
    window: z
      .strictObject({
        days: z
          .array(z.enum(weekdays))
          .min(1)
          .default([...weekdays]),
        from: time,
        to: time.describe('Not later than from: it reaches into the next day.'),
      })
      .optional()
      .describe('When stages may open, in UTC. Without it: always.'),
    keepSuperseded: z
      .int()
      .min(0)
      .max(90)
      .default(3)
      .describe('How many completed rollouts of the same device type stay on the hub beside this one.'),
    deadlineHours: z
      .number()
      .positive()
      .max(24 * 365)
      .optional()
      .describe('When the rollout is complete although devices are left over, counted from its start.'),
  })
  .superRefine(checkConfiguration)
  .transform(({ $schema: _editor, ...plan }): Plan => withoutUndefined(plan));

/** The JSON Schema of a plan, for editors and other tools; it is kept in docs/plan.schema.json. */
export function planJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(planDocument, { io: 'input' });
  const title = 'Rollout plan';
  return {
    $schema,
    title,
    description: 'How a firmware release is rolled out; see docs/rollouts.md.',
    ...schema,
  };
}

/** Shares grow from stage to stage, nothing comes after everybody, and names are told apart. */
function checkOrder(stages: readonly Stage[], context: z.RefinementCtx): void {
  let reached = 0;
  for (const [index, each] of stages.entries()) {
    if (reached === BUCKETS) {
      context.addIssue({
        code: 'custom',
        path: [index],
        message: 'the stage before it reaches every device',
      });
    }
    if (each.kind === 'percent') {
      if (bucketsOf(each.percent) <= reached) {
        const message = 'a share includes the stages before it, so it must be larger than theirs';
        context.addIssue({ code: 'custom', path: [index, 'percent'], message });
      }
      reached = bucketsOf(each.percent);
    }
    if (stages.findIndex(({ name }) => name === each.name) < index) {
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${each.name}" names two stages` });
    }
  }
}

/** What the rollout will ever put on the hub must be what the hub takes. */
function checkConfiguration(
  plan: Pick<Plan, 'targetCondition' | 'stages' | 'labels'>,
  context: z.RefinementCtx,
): void {
  const fault = configurationFault(plan);
  if (fault) context.addIssue({ code: 'custom', path: [fault.member], message: fault.message });
}

/** Members that were not given are absent, not undefined. */
function withoutUndefined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
