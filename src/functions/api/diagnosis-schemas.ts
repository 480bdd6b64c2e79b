import * as z from 'zod';
import { downloadWays } from '../../shared/installation.ts';
import { ROLLOUTS_LOOKED_AT } from '../../shared/status/report-arrivals.ts';
import { timestamp } from './device-updates.ts';

const unknown = z
  .object({ known: z.literal(false), reason: z.string() })
  .meta({ id: 'NotKnown', description: 'The service that would tell did not answer.' });

/** What one service tells, or why it does not. */
function told<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.discriminatedUnion('known', [z.object({ known: z.literal(true), ...shape }), unknown]);
}

export const diagnosis = z
  .object({
    events: told({
      newestAt: timestamp
        .optional()
        .meta({ description: 'When the newest event arrived, of any kind. Absent where none ever did.' }),
      partitions: z.int(),
    }).meta({ description: 'What arrives in the event hub that the routes of the IoT hub lead to.' }),
    reports: told({
      newestAt: timestamp.optional().meta({
        description: 'When the newest report of a device arrived. Absent where there is none.',
      }),
      offered: z.int().meta({ description: 'How many rollouts are offered to a device.' }),
      silent: z
        .array(z.object({ rollout: z.string(), applied: z.int(), since: timestamp }))
        .meta({ description: 'Those of them that no device has reported to, since their stage opened.' }),
    }).meta({
      description: `What devices reported to the ${ROLLOUTS_LOOKED_AT} newest rollouts that are not retired.`,
    }),
    tags: told({
      wanted: z.boolean().meta({ description: 'A stage wants a share of the fleet.' }),
      completeAt: timestamp
        .optional()
        .meta({ description: 'When every device had its tag for the first time.' }),
    }).meta({ description: 'The tags `tags.ota.bucket`, which a share of the fleet is selected by.' }),
    quota: told({
      configurations: z.int().meta({ description: 'On the hub now, whoever made them.' }),
      limit: z.int().meta({ description: 'As HUB_CONFIGURATION_QUOTA says.' }),
    }).meta({ description: 'Room for configurations on the hub.' }),
    plan: told({
      name: z.string(),
      problem: z.string().optional().meta({ description: 'Why uploads with this plan would be refused.' }),
    }).meta({ description: 'The plan of an upload that names none.' }),
    settings: z
      .object({
        triggerSource: z.enum(['polling', 'EventGrid']),
        downloads: z.enum(downloadWays),
        webhookEndpoints: z.int(),
        auth: z.enum(['keys', 'entra']),
        dailyMessages: z.int().meta({ description: 'As HUB_DAILY_MESSAGES says.' }),
        partitions: z.int().meta({ description: 'As TWIN_EVENTS_PARTITIONS says.' }),
      })
      .meta({ description: 'How the app is set up; no secret.' }),
  })
  .meta({ id: 'Diagnosis', description: 'What can be wrong with an installation though all of it answers.' });

export const exampleDiagnosis: z.output<typeof diagnosis> = {
  events: { known: true, newestAt: '2026-03-01T10:00:00.000Z', partitions: 4 },
  reports: {
    known: true,
    newestAt: '2026-03-01T09:59:58.000Z',
    offered: 2,
    silent: [{ rollout: 'fw-iotdevkit-1-0-1', applied: 12, since: '2026-03-01T09:50:00.000Z' }],
  },
  tags: { known: true, wanted: true, completeAt: '2026-02-27T12:00:00.000Z' },
  quota: { known: true, configurations: 3, limit: 100 },
  plan: { known: true, name: 'all-at-once' },
  settings: {
    triggerSource: 'EventGrid',
    downloads: 'public',
    webhookEndpoints: 1,
    auth: 'keys',
    dailyMessages: 400_000,
    partitions: 4,
  },
};
