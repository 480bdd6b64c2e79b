import type { LogFieldName, LogFieldValue } from './log-fields.ts';

export interface LogEventDescription {
  readonly meaning: string;
  /** Fields that every such line has, beside `correlationId`. */
  readonly fields: readonly LogFieldName[];
  /** Fields that a line may have as well. */
  readonly optional?: readonly LogFieldName[];
}

const UPLOAD = ['path', 'etag', 'size', 'repeated', 'tags'] as const;
const FAULT = ['errorCode', 'error'] as const;
const RELEASE = ['rollout', 'deviceType', 'version'] as const;
const DELIVERY = ['endpoint', 'eventId', 'eventType', 'attempt'] as const;
const STATES = [
  'downloading',
  'verifying',
  'applying',
  'succeeded',
  'alreadyCurrent',
  'failed',
  'reverted',
] as const;

/**
 * Every kind of line that the app writes, by its `event`. Queries and alerts read these names, so a test
 * compares both; docs/telemetry.md shows them. None is written for each device that does well: a million of
 * those would cost more than all else, and the ledger has them.
 */
export const logEvents = {
  'upload-dropped': { meaning: 'A caller dropped an image over HTTP', fields: ['path', 'caller'] },
  'upload-ignored': { meaning: 'A blob that is no firmware was dropped', fields: ['path'] },
  'upload-gone': { meaning: 'The blob was deleted before it was looked at', fields: ['path'] },
  'upload-admitted': {
    meaning: 'An image became, or already was, a release',
    fields: [...UPLOAD, 'rollout', 'releasedNow'],
  },
  'upload-checked': {
    meaning: 'An image with `dryrun` was checked',
    fields: [...UPLOAD, 'wouldRelease'],
  },
  'upload-refused': { meaning: 'An image was refused', fields: [...UPLOAD, 'code', 'reason'] },
  'upload-failed': {
    meaning: 'An image could not be looked at now; the next sweep tries again',
    fields: ['path', ...FAULT],
  },
  'uploads-swept': { meaning: 'A sweep of the drop box is over', fields: ['images', 'found', 'failed'] },
  'configurations-near-quota': {
    meaning: 'The hub takes few or no further configurations',
    fields: ['configurations', 'quota', 'warning'],
  },
  'configurations-not-counted': { meaning: 'The hub did not say how many it holds', fields: FAULT },

  'rollout-judged': {
    meaning: 'One judgement of one rollout; `action` and `reason` where it changed something',
    fields: ['rollout', 'decision', 'stage'],
    optional: ['action', 'reason'],
  },
  'rollout-counted': {
    meaning: 'Where the devices of an open rollout are, at each run of the judge',
    fields: [...RELEASE, 'rolloutState', 'stage', 'targeted', 'seen', 'stuck', ...STATES],
  },
  'rollout-counts-not-kept': {
    meaning: 'The counts of a rollout over time lack a point; the next run adds one',
    fields: ['rollout', ...FAULT],
  },
  'rollout-devices-not-asked': {
    meaning: 'IoT Hub could not be asked about devices that are stuck or pending; the next run asks',
    fields: ['rollout', ...FAULT],
  },
  'rollout-judgement-failed': {
    meaning: 'A rollout could not be judged now; the next run tries again',
    fields: ['rollout', ...FAULT],
  },
  'rollouts-retired': {
    meaning: 'Superseded rollouts left the hub',
    fields: ['rollouts'],
  },
  'rollout-controlled': {
    meaning: 'A person steered a rollout',
    fields: ['rollout', 'action', 'caller', 'now'],
  },
  'hub-not-told': {
    meaning: 'What a person decided is kept, but the hub could not be told yet; the judge does it',
    fields: ['rollout', ...FAULT],
  },

  'twins-changed': {
    meaning: 'A batch of twin changes is recorded',
    fields: [
      'partition',
      'events',
      'reports',
      'recorded',
      'skipped',
      'deadLettered',
      'requests',
      'conflicts',
      'hintHitRate',
      'durationMs',
      'lagMs',
    ],
  },
  'device-updates-moved': {
    meaning: 'How many devices of a rollout entered each state with a batch',
    fields: [...RELEASE, 'partition', ...STATES],
    optional: ['slowestDownloadMs', 'device'],
  },
  'device-ended': {
    meaning:
      'A device failed or reverted. At most 20 lines a batch: `devices` says how many ended so, this one among them',
    fields: [...RELEASE, 'state', 'attempt', 'reason', 'devices'],
    optional: ['device', 'durationMs'],
  },
  'new-devices-not-tagged': {
    meaning: 'New devices have no bucket tag yet; `devices-tagged` gives it to them',
    fields: ['devices', ...FAULT],
  },
  'devices-tagged': { meaning: 'Devices got their bucket tag', fields: ['tagged', 'complete'] },

  'ledger-recounted': {
    meaning: 'A run of the recount is over; shards by result',
    fields: ['exact', 'drifted', 'busy', 'failed'],
  },
  'ledger-shard-not-still': {
    meaning: 'A shard changed while it was counted; it has its turn again',
    fields: ['rollout', 'shard', 'requests'],
  },
  'ledger-drift': {
    meaning: 'Counts and rows of a shard differed: a fault of the program, please report it',
    fields: ['rollout', 'shard', 'drift', 'missing', 'extra', 'healed', 'healings'],
  },
  'ledger-recount-failed': {
    meaning: 'A shard could not be counted now',
    fields: ['rollout', 'shard', ...FAULT],
  },
  'dead-letter-replayed': {
    meaning: 'A person replayed an event',
    fields: ['id', 'caller', 'kind'],
    optional: ['entries', 'reason', 'code'],
  },

  'webhook-delivered': {
    meaning: 'An endpoint took an event',
    fields: [...DELIVERY, 'status'],
  },
  'webhook-failed': {
    meaning: 'An endpoint did not take an event; the next attempt is planned',
    fields: [...DELIVERY, 'reason', 'retrySeconds'],
  },
  'webhook-given-up': {
    meaning: 'An event became a dead letter of webhooks',
    fields: [...DELIVERY, 'reason'],
  },
  'webhooks-published': {
    meaning: 'What waited to be announced is on its way',
    fields: ['published', 'left'],
  },
  'webhooks-not-published': {
    meaning: 'It could not be put into the queues now; the timer does it',
    fields: FAULT,
  },
  'webhook-tested': { meaning: 'A person sent a test event', fields: ['caller', 'eventId'] },
  'webhook-dead-letter-replayed': {
    meaning: 'A person sent an event again that was not delivered',
    fields: ['id', 'caller'],
  },
  'webhook-letter-discarded': {
    meaning: 'A person discarded an event that was not delivered',
    fields: ['id', 'eventId', 'eventType', 'caller'],
  },

  'metrics-not-sent': {
    meaning: 'The OTLP collector did not take the metrics; they are sent again',
    fields: FAULT,
  },

  'ingest-lag-unknown': {
    meaning: 'The metrics lack how far recording is behind: the Event Hub did not say it',
    fields: FAULT,
  },
  'request-answered': {
    meaning: 'A request of the API was answered',
    fields: ['operation', 'status', 'caller'],
  },
  'request-refused': {
    meaning: "A request was refused: the caller's to change",
    fields: ['code'],
    optional: ['operation', 'status', ...FAULT],
  },
  'request-failed': {
    meaning: 'A request failed for a reason that is not its own',
    fields: ['operation', 'status'],
    optional: FAULT,
  },
} as const satisfies Readonly<Record<string, LogEventDescription>>;

export type LogEventName = keyof typeof logEvents;

type Description<Name extends LogEventName> = (typeof logEvents)[Name];
type Required<Name extends LogEventName> = Description<Name>['fields'][number];
type Optional<Name extends LogEventName> =
  Description<Name> extends { readonly optional: readonly (infer Field extends LogFieldName)[] }
    ? Field
    : never;

/** The fields of a line of this kind; others do not type-check. */
export type LogFields<Name extends LogEventName> = {
  readonly [Field in Required<Name>]: LogFieldValue<Field>;
} & { readonly [Field in Optional<Name>]?: LogFieldValue<Field> | undefined };
