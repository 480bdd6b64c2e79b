/** What a field of a log line may hold. `counts` is an object of numbers. */
export type LogFieldType = 'string' | 'number' | 'boolean' | 'strings' | 'counts';

export interface LogField {
  readonly type: LogFieldType;
  readonly meaning: string;
}

/**
 * Every field that a log line may have, by name: a name has one type and one meaning wherever it occurs, so
 * that a query may follow a rollout or a request through lines of all kinds.
 */
export const logFields = {
  correlationId: {
    type: 'string',
    meaning: 'In every line: of the HTTP request (also its `x-correlation-id`), else of the invocation',
  },
  rollout: { type: 'string', meaning: "The rollout's id, also that of the hub's configuration" },
  rollouts: { type: 'strings', meaning: 'Ids of rollouts' },
  deviceType: { type: 'string', meaning: 'As devices report it' },
  version: { type: 'string', meaning: 'Of the firmware that the rollout delivers' },
  device: {
    type: 'string',
    meaning:
      'The device as `LOG_DEVICE_IDS` allows: absent, 16 hex digits of the SHA-256 of its id, or the id',
  },
  state: { type: 'string', meaning: 'Of a device update, such as `Failed`' },
  attempt: { type: 'number', meaning: 'Number of the attempt, from 1' },
  durationMs: { type: 'number', meaning: 'How long it took, milliseconds' },
  reason: { type: 'string', meaning: 'Why, in words; of a failed device its own' },
  devices: { type: 'number', meaning: 'How many devices the line stands for' },

  stage: { type: 'number', meaning: 'Index of the newest open stage, -1 before the first' },
  rolloutState: { type: 'string', meaning: 'Of the rollout, such as `running`' },
  decision: { type: 'string', meaning: 'What the judge decided' },
  action: { type: 'string', meaning: 'What was done, as in the journal' },
  targeted: { type: 'number', meaning: 'Devices that the hub said the configuration selects' },
  seen: { type: 'number', meaning: 'Devices that have reported anything in this rollout' },
  stuck: { type: 'number', meaning: 'Devices in a working state for longer than the plan allows' },
  downloading: { type: 'number', meaning: 'Devices in, or that entered, `Downloading`' },
  verifying: { type: 'number', meaning: 'Devices in, or that entered, `Verifying`' },
  applying: { type: 'number', meaning: 'Devices in, or that entered, `Applying`' },
  succeeded: { type: 'number', meaning: 'Devices in, or that entered, `Succeeded`' },
  alreadyCurrent: { type: 'number', meaning: 'Devices in, or that entered, `AlreadyCurrent`' },
  failed: { type: 'number', meaning: 'How many failed: devices, uploads or shards' },
  reverted: { type: 'number', meaning: 'Devices in, or that entered, `Reverted`' },
  slowestDownloadMs: { type: 'number', meaning: 'The longest download that ended in the batch' },

  path: { type: 'string', meaning: 'Name of the blob in the drop box' },
  etag: { type: 'string', meaning: "The blob's" },
  size: { type: 'number', meaning: 'Bytes' },
  repeated: { type: 'boolean', meaning: 'The outcome was known before' },
  tags: { type: 'string', meaning: 'Whether the outcome stands on the blob too' },
  releasedNow: { type: 'boolean', meaning: 'This upload made the release' },
  wouldRelease: { type: 'boolean', meaning: 'Without `dryrun` it would make a release' },
  code: { type: 'string', meaning: 'Stable name of the refusal or problem' },
  images: { type: 'number', meaning: 'Images that lie in the drop box' },
  found: { type: 'number', meaning: 'Uploads that had no outcome yet' },
  configurations: { type: 'number', meaning: 'Configurations on the hub, whoever made them' },
  quota: { type: 'number', meaning: 'How many it takes' },
  warning: { type: 'string', meaning: 'What to do' },

  partition: { type: 'string', meaning: 'Of the event hub' },
  events: { type: 'number', meaning: 'In the batch' },
  reports: { type: 'number', meaning: 'Events that are a report about firmware' },
  recorded: { type: 'number', meaning: 'Entries that were added to histories' },
  skipped: { type: 'counts', meaning: 'Events that tell nothing of a rollout, by reason' },
  deadLettered: { type: 'number', meaning: 'Events that were kept as dead letters' },
  requests: { type: 'number', meaning: 'To the tables of the ledger' },
  conflicts: { type: 'number', meaning: 'Transactions that were decided anew' },
  hintHitRate: { type: 'number', meaning: 'Share of the reports in the commonest shard, 0 to 1' },
  lagMs: {
    type: 'number',
    meaning: 'From when the newest event of the batch was enqueued until it was recorded',
  },
  tagged: { type: 'number', meaning: 'Devices that got their bucket tag' },
  complete: { type: 'boolean', meaning: 'Nothing was left to do' },

  shard: { type: 'number', meaning: "Of the rollout's device updates" },
  drift: { type: 'counts', meaning: 'By how much the counts were wrong, by state' },
  missing: { type: 'number', meaning: 'Devices that the index lacked' },
  extra: { type: 'number', meaning: 'Devices that the index had too many' },
  healed: { type: 'boolean', meaning: 'The counts were put right' },
  healings: { type: 'number', meaning: 'How often the shard was put right so far' },
  exact: { type: 'number', meaning: 'Shards whose counts were right' },
  drifted: { type: 'number', meaning: 'Shards whose counts were wrong' },
  busy: { type: 'number', meaning: 'Shards that changed while they were counted' },

  operation: { type: 'string', meaning: 'Of the API, its `operationId`' },
  status: { type: 'number', meaning: 'HTTP status of the answer' },
  caller: { type: 'string', meaning: 'Who asked, as far as known' },
  now: { type: 'string', meaning: 'The rollout that answers: the one that follows, after a revert' },
  id: { type: 'string', meaning: 'Of the dead letter' },
  kind: { type: 'string', meaning: 'What came of the replay' },
  entries: { type: 'number', meaning: 'Entries that the replay added' },
  endpoint: { type: 'string', meaning: 'Address that events are sent to, without what may be a secret' },
  eventId: { type: 'string', meaning: "The CloudEvent's `id`" },
  eventType: { type: 'string', meaning: "The CloudEvent's `type`" },
  retrySeconds: { type: 'number', meaning: 'When the next attempt is made' },
  published: { type: 'number', meaning: 'Events that were put into the queues of all endpoints' },
  left: { type: 'number', meaning: 'Those whose time has not come yet' },
  errorCode: { type: 'string', meaning: 'Stable name of the fault' },
  error: { type: 'string', meaning: "The fault's words, without secrets" },
} as const satisfies Readonly<Record<string, LogField>>;

export type LogFieldName = keyof typeof logFields;

interface Values {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
  readonly strings: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export type LogFieldValue<Name extends LogFieldName> = Values[(typeof logFields)[Name]['type']];
