import type { EventHubConsumerClient, PartitionProperties } from '@azure/event-hubs';
import type { ContainerClient } from '@azure/storage-blob';
import { storageStatus } from '../azure/storage-error.ts';

/** The container, in the account of the Functions host, where the host keeps its checkpoints. */
export const CHECKPOINTS = 'azure-webjobs-eventhub';

export interface IngestLagParts {
  readonly eventHub: () => Promise<
    Pick<
      EventHubConsumerClient,
      'fullyQualifiedNamespace' | 'eventHubName' | 'getPartitionIds' | 'getPartitionProperties'
    >
  >;
  readonly consumerGroup: string;
  readonly checkpoints: () => Promise<ContainerClient>;
}

export interface IngestLag {
  /** Events that are enqueued and not yet recorded, in all partitions. */
  readonly events: number;
  /** The same by partition id. */
  readonly partitions: Readonly<Record<string, number>>;
  /** Events that were recorded since the event hub was created, by partition id; those of expired ones included. */
  readonly recorded: Readonly<Record<string, number>>;
}

/** What the lag is made of could not be read. Passing, or a missing right; the cause tells. */
export class IngestLagUnknownError extends Error {
  readonly code = 'ingest-lag-unknown';
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`How many twin changes wait to be recorded is not known: ${reason}`, { cause });
    this.name = 'IngestLagUnknownError';
  }
}

/**
 * How far recording is behind: the last enqueued sequence number of each partition less that of the
 * host's checkpoint. The host writes it behind every batch that was recorded, whatever was in it, so the
 * ledger itself has nothing to write for this. Checkpoints are read first: the lag may be told too large
 * by what is recorded meanwhile, but never too small. Throws IngestLagUnknownError.
 */
export async function ingestLag({
  eventHub,
  consumerGroup,
  checkpoints,
}: IngestLagParts): Promise<IngestLag> {
  try {
    const hub = await eventHub();
    const path = `${hub.fullyQualifiedNamespace}/${hub.eventHubName}/${consumerGroup}`.toLowerCase();
    const recorded = await readCheckpoints(await checkpoints(), `${path}/checkpoint/`);
    const ids = await hub.getPartitionIds();
    const states = await Promise.all(ids.map(async (id) => hub.getPartitionProperties(id)));
    const lags = states.map((state): [string, number] => [
      state.partitionId,
      eventsBehind(state, recorded.get(state.partitionId)),
    ]);
    return {
      events: lags.reduce((sum, [, lag]) => sum + lag, 0),
      partitions: Object.fromEntries(lags),
      // Sequence numbers count from 0.
      recorded: Object.fromEntries(ids.map((id) => [id, (recorded.get(id) ?? -1) + 1])),
    };
  } catch (error) {
    throw new IngestLagUnknownError(error);
  }
}

/** How many events of a partition come after the recorded one; all that are there, where none is recorded. */
export function eventsBehind(
  partition: Pick<PartitionProperties, 'beginningSequenceNumber' | 'lastEnqueuedSequenceNumber' | 'isEmpty'>,
  recorded: number | undefined,
): number {
  const { beginningSequenceNumber: first, lastEnqueuedSequenceNumber: last, isEmpty } = partition;
  // A checkpoint past the end is of an event hub that was since created anew under the same name.
  if (recorded !== undefined && recorded <= last) return last - recorded;
  return isEmpty ? 0 : last - first + 1;
}

/**
 * The sequence numbers by partition id. Path and metadata are those of the Event Hubs extension and of
 * the SDKs alike: `<namespace>/<event hub>/<consumer group>/checkpoint/<partition>` in lower case.
 */
async function readCheckpoints(
  container: ContainerClient,
  prefix: string,
): Promise<ReadonlyMap<string, number>> {
  const recorded = new Map<string, number>();
  try {
    for await (const blob of container.listBlobsFlat({ prefix, includeMetadata: true })) {
      const sequence = blob.metadata?.['sequencenumber'] ?? '';
      if (/^\d+$/.test(sequence)) recorded.set(blob.name.slice(prefix.length), Number(sequence));
    }
  } catch (error) {
    // The container is made with the first checkpoint.
    if (storageStatus(error) !== 404) throw error;
  }
  return recorded;
}
