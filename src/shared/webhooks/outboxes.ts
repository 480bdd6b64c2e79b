import type { UploadOutbox } from '../firmware/upload-outbox.ts';
import type { RolloutOutbox } from '../rollout/rollout-outbox.ts';
import type { RolloutRecord } from '../rollout/rollout.ts';
import type { RolloutStore } from '../rollout/rollout-store.ts';
import type { AnnouncedEnd } from '../status/device-end-outbox.ts';
import { cloudEvent } from './cloud-event.ts';
import type { DeliveryQueues } from './delivery-queues.ts';
import type { EventName } from './event-names.ts';
import { deviceHappening, rolloutHappening, uploadHappening } from './happenings.ts';

export interface OutboxParts {
  /** `source` of the events. */
  readonly source: string;
  readonly wanted: ReadonlySet<EventName>;
  readonly rolloutOutbox: Pick<RolloutOutbox, 'list' | 'remove'>;
  readonly uploadOutbox: Pick<UploadOutbox, 'list' | 'remove'>;
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly queues: Pick<DeliveryQueues, 'announce'>;
}

export interface Published {
  readonly published: number;
  /** Rows whose time has not come yet. */
  readonly left: number;
}

/**
 * Moves what the outboxes hold into the queues. A row is removed after its event is in every queue: a crash
 * in between sends the event again, under the same id. Two instances at once do the same.
 * Throws what tables and queues throw; the rows stay then.
 */
export async function publishOutboxes(parts: OutboxParts): Promise<Published> {
  const rollouts = await publishRollouts(parts);
  const uploads = await parts.uploadOutbox.list();
  for (const upload of uploads) {
    const happening = uploadHappening(upload);
    if (happening) await parts.queues.announce([cloudEvent(parts.source, happening)]);
    await parts.uploadOutbox.remove(upload);
  }
  return { published: rollouts.published + uploads.length, left: rollouts.left };
}

async function publishRollouts(parts: OutboxParts): Promise<Published> {
  const known = new Map<string, RolloutRecord | undefined>();
  let published = 0;
  let left = 0;
  for (const entry of await parts.rolloutOutbox.list()) {
    if (!known.has(entry.rollout)) known.set(entry.rollout, await parts.rollouts.get(entry.rollout));
    const rollout = known.get(entry.rollout);
    // Until the hub has taken its configuration, a rollout may still be taken back: then it never started.
    if (rollout?.state === 'starting') {
      left += 1;
      continue;
    }
    if (rollout) {
      await parts.queues.announce([cloudEvent(parts.source, rolloutHappening(entry, rollout))]);
      published += 1;
    }
    await parts.rolloutOutbox.remove(entry);
  }
  return { published, left };
}

/** Puts bad ends of devices into the queues. */
export async function publishEnds(
  { source, wanted, queues }: Pick<OutboxParts, 'source' | 'wanted' | 'queues'>,
  ends: readonly AnnouncedEnd[],
): Promise<void> {
  const happenings = ends.map(deviceHappening).filter(({ name }) => wanted.has(name));
  await queues.announce(happenings.map((happening) => cloudEvent(source, happening)));
}
