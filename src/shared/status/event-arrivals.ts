import type { EventHubConsumerClient } from '@azure/event-hubs';

export interface EventArrivals {
  /** When the newest event arrived, of whatever kind; RFC 3339. Absent where none ever did. */
  readonly newestAt?: string;
  readonly partitions: number;
}

/**
 * What an event hub tells of itself, without reading an event. Twin changes and life-cycle events share it, so
 * that one of them arrives says nothing of the other. Throws what the client throws.
 */
export async function eventArrivals(
  eventHub: Pick<EventHubConsumerClient, 'getPartitionIds' | 'getPartitionProperties'>,
): Promise<EventArrivals> {
  const ids = await eventHub.getPartitionIds();
  const states = await Promise.all(ids.map(async (id) => eventHub.getPartitionProperties(id)));
  // The time of a partition that never had an event is long ago, and differs between servers.
  const times = states
    .filter(({ lastEnqueuedSequenceNumber }) => lastEnqueuedSequenceNumber >= 0)
    .map(({ lastEnqueuedOnUtc }) => lastEnqueuedOnUtc.getTime());
  return {
    ...(times.length > 0 && { newestAt: new Date(Math.max(...times)).toISOString() }),
    partitions: ids.length,
  };
}
