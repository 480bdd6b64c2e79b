import * as z from 'zod';
import { json, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { type CountColumn, countColumns, type CountSeries } from '../../shared/rollout/count-series.ts';
import type { CountSeriesStore } from '../../shared/rollout/count-series-store.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import { timestamp } from './device-updates.ts';
import { existingRollout } from './rollouts.ts';
import { rolloutId } from './rollout-schemas.ts';

export interface RolloutCountsParts {
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly countSeries: Pick<CountSeriesStore, 'of'>;
}

const column = z.array(z.int());

export const countsOverTime = z
  .object({
    at: z.array(timestamp).meta({ description: 'Ascending; every other array has a number for each.' }),
    ...byColumn(() => column),
  })
  .meta({
    id: 'CountsOverTime',
    description:
      'Devices in each state, `pending` ones, and `stuck` ones, which are in a state as well: in columns.',
  });

const getCounts = operation({
  id: 'rollout-counts',
  method: 'GET',
  path: '/rollouts/{id}/counts',
  right: 'read',
  tag: 'Rollouts',
  summary: 'Get the counts of a rollout over time',
  description:
    'The whole rollout at once. A point a minute is taken while the rollout runs or its counts change; with age they get fewer: every ten minutes after 3 hours, every hour after 2 days, every day after 60 days. The first and the last one stay.',
  parameters: z.object({ id: rolloutId }),
  answer: json({
    schema: countsOverTime,
    description: 'The counts. Empty before the first minute.',
    example: {
      at: ['2026-03-01T09:01:00.000Z', '2026-03-01T09:02:00.000Z'],
      Downloading: [5, 2],
      Verifying: [0, 0],
      Applying: [2, 1],
      Succeeded: [0, 15],
      AlreadyCurrent: [0, 0],
      Failed: [0, 1],
      Reverted: [0, 0],
      pending: [13, 1],
      stuck: [0, 0],
    },
  }),
  problems: ['not-found'],
});

/** HTTP: the counts of a rollout over time. */
export function rolloutCountsRoutes({ rollouts, countSeries }: RolloutCountsParts): Route[] {
  return [
    route(getCounts, async ({ path }) => {
      const series = await countSeries.of(path.id);
      // A series is proof of its rollout: a chart costs one read.
      if (series === undefined) await existingRollout(rollouts, path.id);
      return { body: served(series ?? []) };
    }),
  ];
}

function served(series: CountSeries): z.input<typeof countsOverTime> {
  return {
    at: series.map(({ at }) => new Date(at * 1000).toISOString()),
    ...byColumn((name) => series.map(({ counts }) => counts[name])),
  };
}

function byColumn<Value>(valueOf: (name: CountColumn) => Value): Record<CountColumn, Value> {
  return Object.fromEntries(countColumns.map((name) => [name, valueOf(name)])) as Record<CountColumn, Value>;
}
