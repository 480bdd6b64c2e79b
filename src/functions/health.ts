import { app } from '@azure/functions';
import { endpoint } from '../shared/http/endpoint.ts';
import { readiness } from '../shared/http/readiness.ts';
import { errorFields } from '../shared/log.ts';

/** What the app depends on, by name; a probe throws where its service does not answer. */
export type Probes = Readonly<Record<string, () => Promise<unknown>>>;

/**
 * HTTP: `health` says that the app runs and asks nobody; `health/ready` asks everything that the app
 * depends on and answers 503 where something is missing.
 */
export function registerHealth(probes: () => Probes): void {
  app.http('health', {
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    route: 'health',
    handler: endpoint(async () => ({ body: { status: 'ok' } })),
  });
  app.http('health-ready', {
    methods: ['GET', 'HEAD'],
    authLevel: 'function',
    route: 'health/ready',
    handler: endpoint(async () => {
      const result = await readiness(probes(), (error) => errorFields(error).error);
      return { status: result.ready ? 200 : 503, body: result };
    }),
  });
}
