/** A map that holds the `capacity` entries that were used last. */
export class LruMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #capacity: number;
  readonly #evicted: (key: string, value: Value) => void;

  constructor(capacity: number, evicted: (key: string, value: Value) => void = () => undefined) {
    this.#capacity = capacity;
    this.#evicted = evicted;
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const [oldest, dropped] of this.#entries) {
      if (this.#entries.size <= this.#capacity) return;
      this.#entries.delete(oldest);
      this.#evicted(oldest, dropped);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
