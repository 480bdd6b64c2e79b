/** The first wait of an idle poller, and how far each of the next ones is spread. */
const SHORTEST_MS = 100;
const SPREAD = 0.2;

/**
 * How long a poller waits that finds nothing: from 100 ms on, doubling with jitter, up to the longest; found
 * work begins it anew. As the Storage extension does it.
 */
export class PollingBackOff {
  readonly #longestMs: number;
  readonly #random: () => number;
  #current = SHORTEST_MS;
  #exponent = 0;

  constructor(longestMs: number, random: () => number) {
    this.#longestMs = longestMs;
    this.#random = random;
  }

  /** The next wait in milliseconds. */
  next(foundWork: boolean): number {
    if (foundWork) {
      this.#current = SHORTEST_MS;
      this.#exponent = 1;
    } else if (this.#current < this.#longestMs) {
      const spread = 1 - SPREAD + 2 * SPREAD * this.#random();
      const wait = SHORTEST_MS + (this.#exponent > 0 ? spread * 2 ** (this.#exponent - 1) * SHORTEST_MS : 0);
      this.#exponent += 1;
      this.#current = Math.min(wait, this.#longestMs);
    }
    return this.#current;
  }
}
