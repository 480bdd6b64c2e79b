import type { StoredDevice } from './device-row.ts';
import { LruMap } from './lru-map.ts';

/** `absent`: known not to exist. */
export type KnownDevice = StoredDevice | 'absent';

interface Cached {
  /** `stale`: it was known, but not rightly. */
  readonly device: KnownDevice | 'stale';
  readonly owner: DeviceCache;
  readonly generation: number;
}

/** One bound for the device rows of all shards together. */
export interface SharedDeviceRows {
  readonly capacity: number;
  readonly rows: LruMap<Cached>;
}

export function sharedDeviceRows(capacity: number): SharedDeviceRows {
  const rows = new LruMap<Cached>(capacity, (_key, { owner, generation }) => owner.lost(generation));
  return { capacity, rows };
}

/** The device rows of one shard that an instance knows, in memory that it shares with the other shards. */
export class DeviceCache {
  readonly #shared: SharedDeviceRows;
  readonly #name: string;
  /** What was cached under an older generation is not found any more, and ages out. */
  #generation = 0;
  /** Every row that exists is known: what is not here is absent. */
  #complete = false;

  constructor(shared: SharedDeviceRows, name: string) {
    this.#shared = shared;
    this.#name = name;
  }

  get(deviceId: string): KnownDevice | undefined {
    const cached = this.#shared.rows.get(this.#key(deviceId))?.device;
    if (cached === 'stale') return undefined;
    return cached ?? (this.#complete ? 'absent' : undefined);
  }

  set(deviceId: string, device: KnownDevice): void {
    this.#put(deviceId, device);
  }

  forget(deviceId: string): void {
    this.#put(deviceId, 'stale');
  }

  forgetAll(): void {
    this.#generation += 1;
    this.#complete = false;
  }

  /** True where so many rows may be cached without pushing most others out. */
  fits(rows: number): boolean {
    return rows <= this.#shared.capacity / 2;
  }

  /** From now on every row that exists is known, unless one is pushed out. Call it before the rows are set. */
  beginComplete(): void {
    this.forgetAll();
    this.#complete = true;
  }

  /** A row was pushed out. */
  lost(generation: number): void {
    if (generation === this.#generation) this.#complete = false;
  }

  #put(deviceId: string, device: KnownDevice | 'stale'): void {
    this.#shared.rows.set(this.#key(deviceId), { device, owner: this, generation: this.#generation });
  }

  #key(deviceId: string): string {
    return `${this.#name}|${this.#generation}|${deviceId}`;
  }
}
