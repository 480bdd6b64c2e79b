import type { Fetched } from '../../client/api-client.ts';
import { ApiError } from '../../client/api-error.ts';
import type { Read } from '../../client/reads.ts';
import { nextPollMs } from './poll-policy.ts';
import { isProblem, type Problem } from './problem-kind.ts';
import { Store } from './store.ts';

/** What is known of one answer of the API. */
export interface LiveState<Body> {
  /** The newest answer; it stays while later requests fail. */
  readonly data: Body | undefined;
  /** Why the newest request failed; absent after a good one. */
  readonly problem: Problem | undefined;
  /** When the app last confirmed `data`. Milliseconds since 1970. */
  readonly confirmedAt: number | undefined;
  /** When it is asked again; absent while it is being asked, or by nobody. */
  readonly nextAt: number | undefined;
}

/** What a source needs from outside. */
export interface LiveWorld {
  readonly ask: <Body>(read: Read<Body>, etag: string | undefined) => Promise<Fetched<Body>>;
  readonly now: () => number;
  readonly isHidden: () => boolean;
  /** Runs the task later; gives what calls it off. */
  readonly later: (task: () => void, ms: number) => () => void;
}

const NOTHING: LiveState<never> = {
  data: undefined,
  problem: undefined,
  confirmedAt: undefined,
  nextAt: undefined,
};

/** Asks for one answer again and again while somebody looks at it, with the tag of what it holds. */
export class LiveSource<Body> {
  readonly state = new Store<LiveState<Body>>(NOTHING);
  readonly #read: Read<Body>;
  readonly #world: LiveWorld;
  #etag: string | undefined;
  #watchers = 0;
  #failures = 0;
  #callOff: (() => void) | undefined;
  /** Counts rounds: the answer of one that was overtaken is dropped. */
  #round = 0;

  constructor(read: Read<Body>, world: LiveWorld) {
    this.#read = read;
    this.#world = world;
  }

  /** Gives what ends the watching. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) this.refresh();
    return () => {
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#rest();
    };
  }

  /** Asks at once, as after a change or when the page is looked at again. */
  refresh(): void {
    if (this.#watchers === 0) return;
    this.#callOff?.();
    this.#callOff = undefined;
    this.#round += 1;
    void this.#ask(this.#round);
  }

  #rest(): void {
    this.#round += 1;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  async #ask(round: number): Promise<void> {
    const outcome = await this.#outcome();
    if (round !== this.#round) return;
    const { now, isHidden, later } = this.#world;
    const failed = isProblem(outcome) ? outcome : undefined;
    this.#failures = failed ? this.#failures + 1 : 0;
    const retryAfterMs = failed instanceof ApiError ? failed.retryAfterMs : undefined;
    const wait = nextPollMs({ failures: this.#failures, hidden: isHidden(), retryAfterMs });
    this.#callOff = later(() => this.refresh(), wait);
    this.#tell(outcome, now(), now() + wait);
  }

  async #outcome(): Promise<Fetched<Body> | Problem> {
    try {
      return await this.#world.ask(this.#read, this.#etag);
    } catch (error) {
      if (isProblem(error)) return error;
      throw error;
    }
  }

  #tell(outcome: Fetched<Body> | Problem, now: number, nextAt: number): void {
    const before = this.state.value;
    if (isProblem(outcome)) {
      this.state.set({ ...before, problem: outcome, nextAt });
      return;
    }
    if (outcome.kind === 'fetched') this.#etag = outcome.etag;
    const data = outcome.kind === 'fetched' ? outcome.answer : before.data;
    this.state.set({ data, problem: undefined, confirmedAt: now, nextAt });
  }
}
