import * as z from 'zod';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { StuckConnections } from '../../shared/rollout/stuck-connections.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { deviceState, deviceUpdate, exampleUpdate } from './device-updates.ts';
import { devicesByChange } from './devices-by-change.ts';
import { matchingDevices } from './matching-devices.ts';
import { existingRollout } from './rollouts.ts';
import { rolloutId } from './rollout-schemas.ts';

export interface RolloutDevicesParts {
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'countsOf' | 'devicesOf'>>;
  readonly connections: Pick<StuckConnections, 'of'>;
  readonly now: () => Date;
}

/** What narrows a list of devices; a device has to fit all that is given. */
export const deviceFilters = {
  state: deviceState.optional(),
  reason: z
    .string()
    .min(1, 'must not be empty')
    .max(1024, 'must be at most 1024 characters')
    .optional()
    .meta({ description: 'Only failed devices with exactly this reason.', examples: ['VerifyFailed'] }),
  stuck: z
    .literal('true', 'must be true')
    .optional()
    .meta({ description: 'Only devices in a working state for longer than the plan allows.' }),
};

const sort = z.literal('lastChange', 'must be lastChange').optional().meta({
  description:
    'The device that changed its state last comes first, and one that changes meanwhile moves to the front. At most 10,000 devices are sorted: name a state or a reason where there are more.',
});

const listDevices = operation({
  id: 'rollout-devices',
  method: 'GET',
  path: '/rollouts/{id}/devices',
  right: 'read',
  tag: 'Devices',
  summary: 'List the devices of a rollout',
  description:
    'Devices that have reported anything to the rollout, in a stable order. A device that changes its state between two pages is neither skipped nor given twice; a list of one state shows it as it is when its page is read.',
  parameters: z.object({ id: rolloutId }),
  query: z.strictObject({ ...deviceFilters, sort, limit, continuation }),
  answer: json({
    schema: pageOf('DeviceUpdatePage', deviceUpdate),
    description: 'A page of devices.',
    example: { value: [exampleUpdate] },
  }),
  problems: ['not-found'],
});

/** HTTP: the devices of a rollout. */
export function rolloutDeviceRoutes({ rollouts, ledger, connections, now }: RolloutDevicesParts): Route[] {
  return [
    route(listDevices, async ({ path, query, url }) => {
      const rollout = await existingRollout(rollouts, path.id);
      const find = query.sort === 'lastChange' ? devicesByChange : matchingDevices;
      const page = await find({ reads: await ledger(), connections }, rollout, query, now());
      return pageResult(url, page.devices, page.continuation);
    }),
  ];
}
