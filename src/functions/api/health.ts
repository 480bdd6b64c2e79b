import * as z from 'zod';
import { json, operation } from '../../shared/http/operation.ts';
import { readiness } from '../../shared/http/readiness.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { errorFields } from '../../shared/log.ts';

/** What the app depends on, by name; a probe throws where its service does not answer. */
export type Probes = Readonly<Record<string, () => Promise<unknown>>>;

const getHealth = operation({
  id: 'health',
  method: 'GET',
  path: '/health',
  right: 'public',
  tag: 'Health',
  summary: 'Tell whether the app runs',
  description: 'Asks nobody.',
  answer: json({
    schema: z.object({ status: z.literal('ok') }).meta({ id: 'Health' }),
    description: 'It runs.',
    example: { status: 'ok' },
  }),
});

const check = z.object({ ok: z.boolean(), reason: z.string().optional(), lag: z.int().optional() }).meta({
  id: 'ReadinessCheck',
  description: '`reason` tells why it is not ok; `lag` how many twin changes are not yet recorded.',
});

export const readinessAnswer = z
  .object({ ready: z.boolean(), checks: z.record(z.string(), check) })
  .meta({ id: 'Readiness' });

const getReadiness = operation({
  id: 'health-ready',
  method: 'GET',
  path: '/health/ready',
  right: 'read',
  tag: 'Health',
  summary: 'Tell whether everything that the app depends on answers',
  answer: json({
    schema: readinessAnswer,
    description: 'All of it answers.',
    also: { 503: 'Something does not answer.' },
    example: {
      ready: true,
      checks: { tables: { ok: true }, iotHub: { ok: true }, twinEvents: { ok: true, lag: 0 } },
    },
  }),
});

/** HTTP: liveness and readiness. */
export function healthRoutes(probes: Probes): Route[] {
  return [
    route(getHealth, async () => ({ body: { status: 'ok' as const } })),
    route(getReadiness, async () => {
      const result = await readiness(probes, (error) => errorFields(error).error);
      return { status: result.ready ? 200 : 503, body: result };
    }),
  ];
}
