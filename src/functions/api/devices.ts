import * as z from 'zod';
import { json, operation } from '../../shared/http/operation.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { StuckConnections } from '../../shared/rollout/stuck-connections.ts';
import { deviceView } from '../../shared/status/device-view.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { deviceId, deviceUpdateDetail, exampleUpdate, timestamp } from './device-updates.ts';

export interface DeviceParts {
  readonly rollouts: Pick<RolloutStore, 'list'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'deviceUpdate'>>;
  readonly connections: Pick<StuckConnections, 'of'>;
  readonly now: () => Date;
}

export const device = z
  .object({
    deviceId,
    currentVersion: z.string().optional().meta({ description: 'What it runs, as far as it said.' }),
    lastReportAt: timestamp,
    updates: z
      .array(deviceUpdateDetail)
      .meta({ description: 'Its way through each rollout that it reported to, the newest rollout first.' }),
  })
  .meta({ id: 'Device' });

const getDevice = operation({
  id: 'device',
  method: 'GET',
  path: '/devices/{deviceId}',
  right: 'read',
  tag: 'Devices',
  summary: 'Get a device with its whole history',
  description: 'What the device runs, where it is in which rollout, and every report that was seen of it.',
  parameters: z.object({ deviceId }),
  answer: json({
    schema: device,
    description: 'The device.',
    example: {
      deviceId: 'devkit-0001',
      currentVersion: '1.0.1',
      lastReportAt: '2026-03-01T09:00:41.000Z',
      updates: [
        {
          ...exampleUpdate,
          deviceType: 'IoTDevKit',
          version: '1.0.1',
          history: [
            {
              version: 9,
              life: 0,
              status: 'Current',
              state: 'Succeeded',
              attempt: 1,
              hubTime: '2026-03-01T09:00:41.000Z',
              currentVersion: '1.0.1',
              gap: 0,
            },
          ],
        },
      ],
    },
  }),
  problems: ['not-found'],
});

/** HTTP: one device across all rollouts. */
export function deviceRoutes({ rollouts, ledger, connections, now }: DeviceParts): Route[] {
  return [
    route(getDevice, async ({ path }) => {
      const [reads, all] = await Promise.all([ledger(), rollouts.list()]);
      const view = await deviceView(reads, connections, all, path.deviceId, now());
      if (!view) {
        throw new ProblemError(
          'not-found',
          `The device "${path.deviceId}" has not reported to any rollout: it is not there, it is offline, or it has not started yet.`,
        );
      }
      return { body: view };
    }),
  ];
}
