/** Who made a transition: the service's own timer, or a person as far as known. */
export type Actor = string;

/** The actor of every decision that no person made. */
export const SERVICE: Actor = 'service';

/** One transition of a rollout: what was decided, on which numbers, by whom and why. */
export interface JournalEntry {
  /** The rollout's revision after it; 0 is its start. */
  readonly revision: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly action: JournalAction;
  readonly actor: Actor;
  readonly reason: string;
  /** State and stage after the transition. */
  readonly state: string;
  readonly stage: number;
  /** What the decision was based on, or what a person gave with it. */
  readonly inputs: Readonly<Record<string, number | string>>;
}

/** An entry that a person made, with the rollout that it is of. */
export interface AuditEntry extends JournalEntry {
  readonly rollout: string;
}

export const journalActions = [
  'started',
  'stage-opened',
  'gate-failed',
  'paused',
  'resumed',
  'stopped',
  'reverted',
  'approved',
  'retargeted',
  'completed',
  'retired',
] as const;
export type JournalAction = (typeof journalActions)[number];
