/**
 * What a store asks and tells when it writes down something that somebody outside may want to hear of. Such
 * a fact is written together with a row of an outbox, in one transaction: neither is there without the other.
 */
export interface Announcements {
  /** Whether a fact of this name, such as `rollout.paused`, gets a row. */
  wants(name: string): boolean;
  /** A row was written: it can be published now instead of at the next turn of the timer. */
  noted(): void;
}

/** Nobody listens: nothing beside the facts is written. */
export const nobody: Announcements = { wants: () => false, noted: () => undefined };
