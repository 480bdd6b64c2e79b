/// <reference types="node" />
// The schemas stand beside code of the server, which names types of Node.js; no code of it comes along.
import type * as z from 'zod';
import type { deviceUpdate, deviceUpdateDetail } from '../../src/functions/api/device-updates.ts';
import type { release } from '../../src/functions/api/release-schemas.ts';
import type { rollout, rolloutDetail } from '../../src/functions/api/rollout-schemas.ts';

/** What the API answers with: the types of the schemas that shape its answers. */
export type Release = z.output<typeof release>;
export type Rollout = z.output<typeof rollout>;
export type RolloutDetail = z.output<typeof rolloutDetail>;
export type DeviceUpdate = z.output<typeof deviceUpdate>;
export type DeviceUpdateDetail = z.output<typeof deviceUpdateDetail>;
export type RolloutState = Rollout['state'];
export type DeviceState = DeviceUpdate['state'];

/** A page of a list; `nextLink` is a path of the API. */
export interface Page<Item> {
  readonly value: readonly Item[];
  readonly nextLink?: string;
}
