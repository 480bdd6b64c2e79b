import * as z from 'zod';
import { json, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import { indexedStates } from '../../shared/status/bad-end-index.ts';
import type { FailureGroup } from '../../shared/status/failure-groups.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { timestamp } from './device-updates.ts';
import { existingRollout } from './rollouts.ts';
import { rolloutId } from './rollout-schemas.ts';

export interface RolloutFailuresParts {
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'failuresOf'>>;
}

const failureGroup = z
  .object({
    state: z.enum(indexedStates),
    reason: z.string().optional().meta({
      description:
        "In the devices' words; absent where they gave none, as for `Reverted`. The list of devices takes it as `reason`.",
    }),
    devices: z.int(),
    firstAt: timestamp.meta({ description: 'When the first of them ended so.' }),
    lastAt: timestamp,
    examples: z.array(z.string()).meta({ description: 'Ids of some of the devices, at most 5.' }),
  })
  .meta({ id: 'FailureGroup', description: 'Devices that ended in the same state for the same reason.' });

export const failures = z
  .object({
    value: z.array(failureGroup).meta({ description: 'The largest group first, at most 50.' }),
    others: z.int().meta({ description: 'Devices of the groups that were left out.' }),
    truncated: z.boolean().meta({
      description:
        'There are more failed or reverted devices than were looked at: the numbers are "at least". The counts of the rollout tell how many there are.',
    }),
  })
  .meta({ id: 'Failures', description: 'What went wrong in a rollout.' });

const getFailures = operation({
  id: 'rollout-failures',
  method: 'GET',
  path: '/rollouts/{id}/failures',
  right: 'read',
  tag: 'Rollouts',
  summary: 'Get the failures of a rollout by reason',
  description:
    'Devices that are failed or reverted now. One that tries again is at work, and in no group. Up to 1,000 of each state in each shard are always looked at.',
  parameters: z.object({ id: rolloutId }),
  answer: json({
    schema: failures,
    description: 'The groups.',
    example: {
      value: [
        {
          state: 'Failed',
          reason: 'VerifyFailed',
          devices: 12,
          firstAt: '2026-03-01T09:01:12.000Z',
          lastAt: '2026-03-01T09:40:03.000Z',
          examples: ['devkit-0007', 'devkit-0012'],
        },
      ],
      others: 0,
      truncated: false,
    },
  }),
  problems: ['not-found'],
});

/** HTTP: what went wrong in a rollout. */
export function rolloutFailuresRoutes({ rollouts, ledger }: RolloutFailuresParts): Route[] {
  return [
    route(getFailures, async ({ path }) => {
      const rollout = await existingRollout(rollouts, path.id);
      const { groups, others, truncated } = await (await ledger()).failuresOf(rollout);
      return { body: { value: groups.map(served), others, truncated } };
    }),
  ];
}

function served({ reason, ...group }: FailureGroup): z.input<typeof failureGroup> {
  return { ...group, examples: [...group.examples], ...(reason !== '' && { reason }) };
}
