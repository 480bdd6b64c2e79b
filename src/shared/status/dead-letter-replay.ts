import type { LedgerTable } from '../azure/table-access.ts';
import type { DeadLetterKey, DeadLetterStore } from './dead-letter-store.ts';
import type { DeadLetterRow } from './dead-letters.ts';
import type { BatchOutcome, Ledger } from './ledger.ts';
import { type RawTwinEvent, readTwinChange, type SkipReason } from './twin-change.ts';

/** What became of a dead letter that was tried again. It is removed where the event was understood. */
export type Replay =
  | { readonly kind: 'not-found' }
  /** It was kept only in part, or without its device: nothing can understand it. */
  | { readonly kind: 'not-replayable' }
  | { readonly kind: 'still-dead'; readonly code: string; readonly reason: string }
  | { readonly kind: 'recorded'; readonly entries: number }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

export interface ReplayOptions {
  readonly letters: Pick<DeadLetterStore, 'get' | 'remove'>;
  /** A ledger that remembers nothing, and keeps no dead letters: the letter is kept already. */
  readonly openLedger: () => Promise<Pick<Ledger, 'recordBatch'>>;
  /** Names this instance of the app among all. */
  readonly instance: string;
}

/**
 * Runs kept events through the ledger again, after a fix. A replay is a writer of its own, one for each
 * instance, since the Event Hub's writer takes an event of the past for one that it has applied. Its
 * sequence numbers only grow, so replays run one after another. A second replay of the same event changes
 * nothing: the device's `$version` decides.
 */
export class DeadLetterReplay {
  readonly #options: ReplayOptions;
  #sequence = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Throws what the ledger and the table throw; the letter is still there then. */
  async replay(key: DeadLetterKey): Promise<Replay> {
    const turn = this.#last.then(() => this.#replay(key));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #replay(key: DeadLetterKey): Promise<Replay> {
    const { letters, openLedger, instance } = this.#options;
    const row = await letters.get(key);
    if (!row) return { kind: 'not-found' };
    if (!row.replayable) return { kind: 'not-replayable' };
    const event = eventOf(row, this.#sequence++);
    const change = readTwinChange(event);
    if (change.kind === 'dead-letter')
      return { kind: 'still-dead', code: change.code, reason: change.reason };
    const ledger = await openLedger();
    const outcome = await ledger.recordBatch({ stream: 'replay', partition: instance, events: [event] });
    if (outcome.deadLettered > 0) return { kind: 'still-dead', code: row.code, reason: row.reason };
    await letters.remove(key);
    return understood(outcome);
  }
}

/** Keeps nothing: for a ledger whose dead letters are kept already. */
export const keptElsewhere: LedgerTable = {
  getEntity: async () => Promise.reject(new Error('Nothing is kept here')),
  listEntities: () => ({ byPage: async function* () {} }),
  submitTransaction: async () => ({ subResponses: [] }),
};

function understood({ recorded, skipped }: BatchOutcome): Replay {
  const [reason] = Object.keys(skipped) as SkipReason[];
  return reason === undefined ? { kind: 'recorded', entries: recorded } : { kind: 'skipped', reason };
}

function eventOf(row: DeadLetterRow, sequenceNumber: number): RawTwinEvent {
  return {
    body: row.body,
    properties: JSON.parse(row.properties) as RawTwinEvent['properties'],
    systemProperties: JSON.parse(row.systemProperties) as RawTwinEvent['systemProperties'],
    sequenceNumber,
    enqueuedAt: row.enqueuedAt,
  };
}
