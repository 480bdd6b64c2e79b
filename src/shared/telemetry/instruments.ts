export interface InstrumentDescription {
  readonly kind: 'counter' | 'histogram';
  /** UCUM, as OpenTelemetry writes units. */
  readonly unit: string;
  readonly meaning: string;
  /** Attribute -> what it may be. Each is a closed list: no rollout, no device, no text from outside. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

const ENDS = ['Succeeded', 'AlreadyCurrent', 'Failed', 'Reverted'] as const;

/** Every metric of the app by its name; docs/telemetry.md shows them. */
export const instruments = {
  'ota.events': {
    kind: 'counter',
    unit: '{event}',
    meaning: 'Twin changes that were read',
    attributes: { outcome: ['report', 'skipped', 'dead-letter'] },
  },
  'ota.batch.size': {
    kind: 'histogram',
    unit: '{event}',
    meaning: 'Twin changes in one batch',
    attributes: {},
  },
  'ota.batch.duration': {
    kind: 'histogram',
    unit: 's',
    meaning: 'Time to record one batch',
    attributes: {},
  },
  'ota.ingest.lag': {
    kind: 'histogram',
    unit: 's',
    meaning: 'From when the newest event of a batch was enqueued until it was recorded',
    attributes: {},
  },
  'ota.device.ends': {
    kind: 'counter',
    unit: '{device}',
    meaning: 'Attempts of devices that ended',
    attributes: { state: ENDS },
  },
  'ota.device.attempt.duration': {
    kind: 'histogram',
    unit: 's',
    meaning: 'From the first report of an attempt to its end',
    attributes: { state: ENDS },
  },
  'ota.device.since_rollout': {
    kind: 'histogram',
    unit: 's',
    meaning:
      'From the creation of the rollout to the end of an attempt: the offer, plus the wait for later stages',
    attributes: { state: ENDS },
  },
  'ota.device.download.duration': {
    kind: 'histogram',
    unit: 's',
    meaning: 'Downloads that came to their end',
    attributes: {},
  },
  'ota.uploads': {
    kind: 'counter',
    unit: '{upload}',
    meaning: 'Uploads that were looked at for the first time',
    attributes: { outcome: ['admitted', 'dry-run', 'refused'] },
  },
  'ota.gate.decisions': {
    kind: 'counter',
    unit: '{decision}',
    meaning: 'What the judge decided and did',
    attributes: {
      decision: [
        'nothing',
        'open-stage',
        'await-approval',
        'await-tags',
        'pause',
        'stop',
        'complete',
        'overtaken',
      ],
    },
  },
  'ota.hub.requests': {
    kind: 'counter',
    unit: '{request}',
    meaning: 'Requests to IoT Hub; throttled ones were answered with 429',
    attributes: { outcome: ['answered', 'throttled', 'failed'] },
  },
  'ota.webhook.deliveries': {
    kind: 'counter',
    unit: '{attempt}',
    meaning: 'Attempts to deliver an event; `again` is tried once more, `given-up` is not',
    attributes: { outcome: ['delivered', 'again', 'given-up'] },
  },
} as const satisfies Readonly<Record<string, InstrumentDescription>>;

export type InstrumentName = keyof typeof instruments;

/** The attributes of an instrument; others do not type-check. */
export type InstrumentAttributes<Name extends InstrumentName> = {
  readonly [
    Attribute in keyof (typeof instruments)[Name]['attributes']
  ]: (typeof instruments)[Name]['attributes'][Attribute] extends readonly (infer Value extends string)[]
    ? Value
    : never;
};

/** Adds to a counter, or records a value in a histogram. Costs nothing to speak of where nobody listens. */
export type Measure = <Name extends InstrumentName>(
  name: Name,
  value: number,
  attributes: InstrumentAttributes<Name>,
) => void;

/** Nobody listens. */
export const unmeasured: Measure = () => undefined;
