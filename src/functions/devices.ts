import { app } from '@azure/functions';
import { z } from 'zod';
import { endpoint, queryOf } from '../shared/http/endpoint.ts';
import { ProblemError } from '../shared/http/problem.ts';
import { deviceView } from '../shared/status/device-view.ts';
import type { RolloutParts } from './rollouts.ts';

const noQuery = z.strictObject({});

/** HTTP: one device, what it runs, where it is in which rollout, and its whole history. */
export function registerDevices(parts: () => RolloutParts): void {
  app.http('device', {
    methods: ['GET', 'HEAD'],
    authLevel: 'function',
    route: 'devices/{deviceId}',
    handler: endpoint(async (request) => {
      queryOf(request, noQuery);
      const { rollouts, ledger } = parts();
      const deviceId = request.params['deviceId'] ?? '';
      const view = await deviceView(await ledger(), await rollouts.list(), deviceId);
      if (!view) {
        throw new ProblemError(
          'not-found',
          `The device "${deviceId}" has not reported to any rollout: it is not there, it is offline, or it has not started yet.`,
        );
      }
      return { body: view };
    }),
  });
}
