import { Buffer } from 'node:buffer';
import type { DeviceUpdateState } from './device-update.ts';

/** Where a list of devices goes on: after a device in a shard; an empty `after` is the shard's beginning. */
export interface PageCursor {
  readonly shard: number;
  readonly after: string;
}

/** What the cursor belongs to; it is no good for another list. */
export interface ListedDevices {
  readonly rolloutId: string;
  readonly shards: number;
  readonly state: DeviceUpdateState | undefined;
}

/** The continuation is not one that this list gave. */
export class InvalidContinuationError extends Error {
  readonly code = 'invalid-continuation';

  constructor() {
    super('The continuation is not one that this list gave');
    this.name = 'InvalidContinuationError';
  }
}

export function writeCursor({ shard, after }: PageCursor, { rolloutId, state }: ListedDevices): string {
  return Buffer.from(JSON.stringify([rolloutId, state ?? '', shard, after])).toString('base64url');
}

/** Throws InvalidContinuationError where the text is none of `writeCursor` for the same list. */
export function readCursor(text: string, { rolloutId, shards, state }: ListedDevices): PageCursor {
  const [id, ofState, shard, after] = parsed(text);
  const isShard = typeof shard === 'number' && Number.isInteger(shard) && shard >= 0 && shard < shards;
  if (
    id !== rolloutId ||
    ofState !== (state ?? '') ||
    !isShard ||
    typeof after !== 'string' ||
    after.length > 1024
  ) {
    throw new InvalidContinuationError();
  }
  return { shard, after };
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) && value.length === 4 ? value : [];
  } catch {
    return [];
  }
}
