import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { EventLog, type EventLogOptions, type StoredEvent } from './event-log.ts';
import { parseEvent, serializeEvent } from './event-line.ts';

/** The kept events cannot be used: the message names the file and what to do. */
export class PersistedLogError extends Error {
  readonly code = 'persisted-log';

  constructor(message: string, cause?: unknown) {
    super(`${message} Start with an empty directory instead.`, { cause });
    this.name = 'PersistedLogError';
  }
}

/**
 * An event log that survives its process: one append-only file for each partition in `dir`, one event a line.
 *
 * A line is written, synchronously, before the event can be read. Batched writes would be faster and
 * wrong: after a kill, sequence numbers that a consumer has already seen and checkpointed would be given
 * to other events, which that consumer would then skip. (The machine itself losing power is another
 * matter: nothing is fsynced.)
 *
 * Throws a {@link PersistedLogError} where a file is damaged or belongs to another partition count; a
 * torn last line is what a kill in mid-write leaves, and is dropped.
 */
export function openPersistedLog(
  dir: string,
  options: Omit<EventLogOptions, 'restored' | 'keep'>,
): { log: EventLog; close: () => void } {
  mkdirSync(dir, { recursive: true });
  assertPartitionCount(dir, options.partitionCount);
  const paths = Array.from({ length: options.partitionCount }, (_, id) => join(dir, `${id}.jsonl`));
  const restored = paths.map((path) => readKept(path, options.maxEventsPerPartition));
  const files = paths.map((path) => openSync(path, 'a'));
  const keep = (event: StoredEvent) => {
    writeSync(files[Number(event.partitionId)] ?? -1, `${serializeEvent(event)}\n`);
  };
  return {
    log: new EventLog({ ...options, restored, keep }),
    close: () => {
      for (const file of files.splice(0)) closeSync(file);
    },
  };
}

function assertPartitionCount(dir: string, partitionCount: number): void {
  const strays = readdirSync(dir).filter(
    (name) => Number(/^(\d+)\.jsonl$/.exec(name)?.[1] ?? -1) >= partitionCount,
  );
  if (strays.length > 0) {
    throw new PersistedLogError(
      `${dir} was kept with more than ${partitionCount} partitions (${strays.join(', ')}).`,
    );
  }
}

/** The newest `max` events; what is older, or torn, is cut off the file, so that it does not grow for ever. */
function readKept(path: string, max: number): readonly StoredEvent[] {
  const text = readIfThere(path);
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = complete.split('\n').slice(0, -1);
  const kept = lines.slice(-max);
  const events = kept.map((line, index) => parseLine(path, line, lines.length - kept.length + index + 1));
  assertNoHoles(path, events);
  if (kept.length < lines.length || complete.length < text.length) rewrite(path, kept);
  return events;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new PersistedLogError(`${path} cannot be read.`, error);
  }
}

function parseLine(path: string, line: string, number: number): StoredEvent {
  try {
    return parseEvent(line);
  } catch (error) {
    throw new PersistedLogError(`${path} is damaged in line ${number}.`, error);
  }
}

function assertNoHoles(path: string, events: readonly StoredEvent[]): void {
  const first = events[0]?.sequenceNumber ?? 0;
  const at = events.findIndex((event, index) => event.sequenceNumber !== first + index);
  if (at >= 0) throw new PersistedLogError(`${path} lacks the event with sequence number ${first + at}.`);
}

function rewrite(path: string, lines: readonly string[]): void {
  writeFileSync(`${path}.new`, lines.map((line) => `${line}\n`).join(''));
  renameSync(`${path}.new`, path);
}
