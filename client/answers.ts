/// <reference types="node" />
// The schemas stand beside code of the server, which names types of Node.js; none of that code comes along.
import type * as z from 'zod';
import type { deadLetter, replayed } from '../src/functions/api/dead-letters.ts';
import type { deviceUpdate, deviceUpdateDetail } from '../src/functions/api/device-updates.ts';
import type { device } from '../src/functions/api/devices.ts';
import type { diagnosis } from '../src/functions/api/diagnosis-schemas.ts';
import type { dryRunAnswer } from '../src/functions/api/dry-run.ts';
import type { readinessAnswer } from '../src/functions/api/health.ts';
import type { pendingDevice } from '../src/functions/api/pending-devices.ts';
import type { refusal } from '../src/functions/api/refusals.ts';
import type { release } from '../src/functions/api/release-schemas.ts';
import type { countsOverTime } from '../src/functions/api/rollout-counts.ts';
import type { controlBody, retargetBody } from '../src/functions/api/rollout-control.ts';
import type { failures } from '../src/functions/api/rollout-failures.ts';
import type { auditEntry, journalEntry } from '../src/functions/api/rollout-journal.ts';
import type { revertBody } from '../src/functions/api/rollout-revert.ts';
import type { rollout, rolloutDetail } from '../src/functions/api/rollout-schemas.ts';
import type { uploadQuery } from '../src/functions/api/upload-metadata.ts';
import type { upload } from '../src/functions/api/uploads.ts';
import type { endpoint, letter } from '../src/functions/api/webhooks.ts';

/** What the API answers with and what it takes: the types of the schemas that parse and shape it. */
export type Release = z.output<typeof release>;
/** An image in the drop box and what became of it. */
export type Upload = z.output<typeof upload>;
export type Refusal = z.output<typeof refusal>;
export type Rollout = z.output<typeof rollout>;
export type RolloutDetail = z.output<typeof rolloutDetail>;
export type CountsOverTime = z.output<typeof countsOverTime>;
export type Failures = z.output<typeof failures>;
export type PendingDevice = z.output<typeof pendingDevice>;
export type RolloutState = Rollout['state'];
export type JournalEntry = z.output<typeof journalEntry>;
export type AuditEntry = z.output<typeof auditEntry>;
export type DeviceUpdate = z.output<typeof deviceUpdate>;
export type DeviceUpdateDetail = z.output<typeof deviceUpdateDetail>;
export type DeviceState = DeviceUpdate['state'];
export type Device = z.output<typeof device>;
export type DeadLetter = z.output<typeof deadLetter>;
export type Replayed = z.output<typeof replayed>;
export type DryRun = z.output<typeof dryRunAnswer>;
export type WebhookEndpoint = z.output<typeof endpoint>;
export type UndeliveredEvent = z.output<typeof letter>;
export type Diagnosis = z.output<typeof diagnosis>;
export type Readiness = z.output<typeof readinessAnswer>;
export type Health = { readonly status: 'ok' };

/** What an upload asks for; `labels` is a JSON object. */
export type UploadQuery = z.input<typeof uploadQuery>;
export type Control = z.input<typeof controlBody>;
export type Retarget = z.input<typeof retargetBody>;
export type Revert = z.input<typeof revertBody>;

/** A page of a list; `nextLink` is path and query of the next one. */
export interface Page<Item> {
  readonly value: readonly Item[];
  readonly nextLink?: string | undefined;
}
