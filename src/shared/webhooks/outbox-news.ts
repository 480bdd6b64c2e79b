import type { Announcements } from '../announcements.ts';
import type { EventName } from './event-names.ts';

/** Which facts get a row in an outbox, and whether there is something new in one. */
export class OutboxNews implements Announcements {
  readonly #wanted: ReadonlySet<string>;
  #isNoted = false;

  constructor(wanted: ReadonlySet<EventName>) {
    this.#wanted = wanted;
  }

  wants(name: string): boolean {
    return this.#wanted.has(name);
  }

  noted(): void {
    this.#isNoted = true;
  }

  /** True once after each time that something was noted. */
  take(): boolean {
    const was = this.#isNoted;
    this.#isNoted = false;
    return was;
  }
}
