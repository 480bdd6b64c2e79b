import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { parseTimeSpan } from './time-span.ts';

/** The part of host.json that the local host honours, with Azure's defaults filled in. Times in ms. */
export type HostJson = z.output<typeof HOST_JSON>;
export type EventHubsSettings = HostJson['extensions']['eventHubs'];
export type QueuesSettings = HostJson['extensions']['queues'];
export type InitialOffset = EventHubsSettings['initialOffsetOptions'];

/** host.json is missing, is no JSON, or holds a value of the wrong kind. */
export class HostJsonError extends Error {
  readonly code = 'HOST_JSON_INVALID';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'HostJsonError';
  }
}

/** Reads `<appDir>/host.json`. Throws a HostJsonError. */
export async function readHostJson(appDir: string): Promise<HostJson> {
  const file = path.join(appDir, 'host.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new HostJsonError(
      `${file} cannot be read; a function app needs one, at least {"version":"2.0"}.`,
      cause,
    );
  }
  return parseHostJson(text);
}

/** Parses the text of a host.json. Throws a HostJsonError that names the first wrong value. */
export function parseHostJson(text: string): HostJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new HostJsonError(`host.json is not JSON: ${cause instanceof Error ? cause.message : ''}`, cause);
  }
  const parsed = HOST_JSON.safeParse(json);
  if (!parsed.success) throw new HostJsonError(`host.json: ${z.prettifyError(parsed.error)}`, parsed.error);
  return parsed.data;
}

const TIME_SPAN = z.string().transform((text, context) => {
  const ms = parseTimeSpan(text);
  if (ms === undefined) {
    context.addIssue(`"${text}" is no time span (hh:mm:ss)`);
    return z.NEVER;
  }
  return ms;
});

const OFFSET = z.discriminatedUnion('type', [
  z.object({ type: z.literal('fromStart') }),
  z.object({ type: z.literal('fromEnd') }),
  z.object({ type: z.literal('fromEnqueuedTime'), enqueuedTimeUtc: z.iso.datetime() }),
]);

/**
 * Defaults: host.json reference of the Event Hubs extension 5.x. `maxWaitTime` counts only where
 * `minEventBatchSize` is above 1, which the local host does not have.
 */
const EVENT_HUBS = z.object({
  maxEventBatchSize: z.int().positive().default(100),
  minEventBatchSize: z.literal(1, 'the local function host has only 1').default(1),
  prefetchCount: z.int().nonnegative().default(300),
  batchCheckpointFrequency: z.int().positive().default(1),
  initialOffsetOptions: OFFSET.default({ type: 'fromStart' }),
});

/** Defaults: host.json reference of the Storage extension 5.x; Azure's parallelism is 8 a core. */
const BLOBS = z.object({
  maxDegreeOfParallelism: z.int().positive().default(8),
  poisonBlobThreshold: z.int().positive().default(5),
});

/** Polling intervals are no shorter than this, and a batch no larger: limits of the Storage extension and of the service. */
const SHORTEST_POLL_MS = 100;
const LARGEST_BATCH = 32;

/** Defaults: the Storage extension 5.x; `newBatchThreshold` is half a batch on each core, and here there is one. */
const QUEUES = z
  .object({
    maxPollingInterval: TIME_SPAN.refine((ms) => ms >= SHORTEST_POLL_MS, 'is shorter than 100 ms').default(
      60_000,
    ),
    visibilityTimeout: TIME_SPAN.default(0),
    batchSize: z.int().min(1).max(LARGEST_BATCH).default(16),
    newBatchThreshold: z.int().nonnegative().optional(),
    maxDequeueCount: z.int().positive().default(5),
    messageEncoding: z.enum(['base64', 'none']).default('base64'),
  })
  .transform((queues) => ({
    ...queues,
    newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
  }));

const HTTP = z.object({ routePrefix: z.string().default('api') });

const HOST_JSON = z.object({
  version: z.literal('2.0'),
  /** `-1` is "no limit" in host.json; absent here. Locally there is no limit by default. */
  functionTimeout: z.union([z.literal('-1').transform(() => undefined), TIME_SPAN]).optional(),
  extensions: z
    .object({
      http: HTTP.prefault({}),
      blobs: BLOBS.prefault({}),
      eventHubs: EVENT_HUBS.prefault({}),
      queues: QUEUES.prefault({}),
    })
    .prefault({}),
});
