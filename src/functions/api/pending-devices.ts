import * as z from 'zod';
import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { ConnectedDevice } from '../../shared/rollout/device-connections.ts';
import type { PendingStore } from '../../shared/rollout/pending-store.ts';
import type { RolloutStore } from '../../shared/rollout/rollout-store.ts';
import type { LedgerReads } from '../../shared/status/ledger-reads.ts';
import { deviceId, timestamp } from './device-updates.ts';
import { existingRollout } from './rollouts.ts';
import { rolloutId } from './rollout-schemas.ts';

export interface PendingDevicesParts {
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly pending: Pick<PendingStore, 'listingOf' | 'devices'>;
  readonly ledger: () => Promise<Pick<LedgerReads, 'unseenOf'>>;
}

export const pendingDevice = z
  .object({
    deviceId,
    connection: z.enum(['connected', 'disconnected', 'disabled']),
    lastActivityAt: timestamp
      .optional()
      .meta({ description: 'When IoT Hub had last heard of it; absent where it never has.' }),
    currentVersion: z.string().optional().meta({ description: 'What it runs, as far as its twin says.' }),
    text: z.string().meta({ description: 'The same for people.' }),
  })
  .meta({
    id: 'PendingDevice',
    description: 'A device that was targeted and had reported nothing, as it was when the list was made.',
  });

const listPendingDevices = operation({
  id: 'rollout-pending-devices',
  method: 'GET',
  path: '/rollouts/{id}/pending-devices',
  right: 'read',
  tag: 'Devices',
  summary: 'List the devices that a complete rollout has not reached',
  description:
    'Devices that the rollout targets, that have reported nothing to it and do not say that they run its version. IoT Hub is asked once, in the minutes after the rollout is complete: before that the list is empty, and `leftOver.pendingDevices` of the rollout is absent. Devices that have reported since are left out. At most 10,000 are listed.',
  parameters: z.object({ id: rolloutId }),
  query: z.strictObject({ limit, continuation }),
  answer: json({
    schema: pageOf('PendingDevicePage', pendingDevice),
    description: 'A page of devices.',
    example: {
      value: [
        {
          deviceId: 'devkit-0042',
          connection: 'disconnected',
          lastActivityAt: '2026-02-11T17:20:00.000Z',
          currentVersion: '1.0.0',
          text: 'Offline since 2026-02-11T17:20:00Z.',
        },
      ],
    },
  }),
  problems: ['not-found'],
});

/** HTTP: the devices that a complete rollout has not reached. */
export function pendingDeviceRoutes({ rollouts, pending, ledger }: PendingDevicesParts): Route[] {
  return [
    route(listPendingDevices, async ({ path, query, url }) => {
      const rollout = await existingRollout(rollouts, path.id);
      const from = positionAfter(query.continuation);
      const listing = (await pending.listingOf(rollout.id))?.listing;
      if (listing?.determinedAt === undefined) return pageResult(url, [], undefined);
      const listed = await pending.devices(rollout.id, listing, from, query.limit);
      const ids = listed.map((device) => device.deviceId);
      const unseen = await (await ledger()).unseenOf(rollout, ids);
      const devices = listed.filter((device) => unseen.has(device.deviceId)).flatMap(served);
      const end = from + listed.length;
      const next = end < listing.devices ? writeKeyset('pending-devices', [`${end}`]) : undefined;
      return pageResult(url, devices, next);
    }),
  ];
}

/** A list that is whole does not change, so a position in it is as good as a key. */
function positionAfter(text: string | undefined): number {
  if (text === undefined) return 0;
  const [position = ''] = readKeyset(text, 'pending-devices', 1);
  if (!/^\d{1,6}$/.test(position)) throw invalidContinuation();
  return Number(position);
}

function served(device: ConnectedDevice): z.input<typeof pendingDevice>[] {
  const { deviceId: id, kind, lastActivityAt, currentVersion } = device;
  // The hub has named them, so it knows them.
  if (kind === 'unknown-device') return [];
  return [
    {
      deviceId: id,
      connection: kind,
      ...(lastActivityAt !== undefined && { lastActivityAt }),
      ...(currentVersion !== undefined && { currentVersion }),
      text: inWords(kind, lastActivityAt),
    },
  ];
}

function inWords(
  kind: Exclude<ConnectedDevice['kind'], 'unknown-device'>,
  lastActivityAt: string | undefined,
): string {
  switch (kind) {
    case 'connected':
      return 'It was connected, and has reported nothing of this update.';
    case 'disabled':
      return 'It is disabled in IoT Hub, so that it cannot connect.';
    case 'disconnected':
      return lastActivityAt === undefined
        ? 'It has never connected.'
        : `Offline since ${lastActivityAt.replace(/\.\d+(?=Z$)/, '')}.`;
  }
}
