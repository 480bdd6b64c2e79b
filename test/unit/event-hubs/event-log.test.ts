import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventLog, type EventLogOptions, type StoredEvent } from '../../../local/event-hubs/event-log.ts';

const START = Date.UTC(2026, 0, 1);

function createLog(options: Partial<EventLogOptions> = {}): EventLog {
  return new EventLog({
    name: 'twins',
    partitionCount: 4,
    partitionOf: (key, count) => key.length % count,
    now: () => new Date(START),
    maxEventsPerPartition: 100,
    ...options,
  });
}

function event(text: string, partitionKey?: string) {
  return {
    body: Buffer.from(text),
    applicationProperties: {},
    annotations: {},
    ...(partitionKey !== undefined && { partitionKey }),
  };
}

const texts = (events: readonly StoredEvent[]) => events.map(({ body }) => body.toString());

describe('an event log', () => {
  it('keeps events of one key in one partition, in order', () => {
    const log = createLog();
    for (const text of ['a', 'b', 'c']) log.append(event(text, 'dev'));
    expect(texts(log.read('3', 0, 10))).toEqual(['a', 'b', 'c']);
    expect(log.read('3', 0, 10).map(({ sequenceNumber }) => sequenceNumber)).toEqual([0, 1, 2]);
  });

  it('spreads events without a key over all partitions', () => {
    const log = createLog();
    const partitions = ['a', 'b', 'c', 'd', 'e'].map((text) => log.append(event(text)).partitionId);
    expect(partitions).toEqual(['0', '1', '2', '3', '0']);
  });

  it('puts an event where it is told to, whatever its key', () => {
    const log = createLog();
    expect(log.append(event('a', 'dev'), '0').partitionId).toBe('0');
    expect(() => log.append(event('a'), '4')).toThrowError(/no partition '4'/);
    expect(() => log.read('01', 0, 1)).toThrowError(/no partition '01'/);
  });

  it('tells of an empty partition what Event Hubs tells', () => {
    expect(createLog().partition('2')).toEqual({
      beginSequenceNumber: 0,
      lastSequenceNumber: -1,
      lastOffset: '-1',
      lastEnqueuedTime: new Date(0),
      isEmpty: true,
    });
  });

  it('forgets the oldest events past its size and goes on counting', () => {
    const log = createLog({ maxEventsPerPartition: 3 });
    for (const text of ['a', 'b', 'c', 'd', 'e']) log.append(event(text), '0');
    expect(log.partition('0')).toMatchObject({ beginSequenceNumber: 2, lastSequenceNumber: 4 });
    expect(texts(log.read('0', 0, 10))).toEqual(['c', 'd', 'e']);
    expect(texts(log.read('0', 3, 1))).toEqual(['d']);
    expect(log.read('0', 5, 10)).toEqual([]);
  });

  it('never lets enqueued time run backwards, whatever the clock does', () => {
    let now = START;
    const log = createLog({ now: () => new Date(now) });
    const enqueued = [5000, 2000, 6000].map((later) => {
      now = START + later;
      return log.append(event('a'), '0').enqueuedTime.getTime() - START;
    });
    expect(enqueued).toEqual([5000, 5000, 6000]);
  });

  it('keeps an event before anybody can read it', () => {
    const seen: string[] = [];
    const log = createLog({
      keep: ({ sequenceNumber }) => {
        seen.push(`kept ${sequenceNumber}, readable ${log.read('0', 0, 9).length}`);
      },
    });
    log.onAppend(({ sequenceNumber }) => seen.push(`appended ${sequenceNumber}`));
    log.append(event('a'), '0');
    expect(seen).toEqual(['kept 0, readable 0', 'appended 0']);
  });

  it('does not hold an event that could not be kept', () => {
    const failing = createLog({
      keep: () => {
        throw new Error('disk full');
      },
    });
    expect(() => failing.append(event('a'), '0')).toThrowError('disk full');
    expect(failing.partition('0').isEmpty).toBe(true);
  });

  it('tells listeners until they end it', () => {
    const log = createLog();
    const heard: string[] = [];
    const end = log.onAppend(({ body }) => heard.push(body.toString()));
    log.append(event('a'));
    end();
    log.append(event('b'));
    expect(heard).toEqual(['a']);
  });

  it('goes on behind restored events', () => {
    const before = createLog({ partitionCount: 1, maxEventsPerPartition: 2 });
    for (const text of ['a', 'b', 'c']) before.append(event(text));
    const restored = [before.read('0', 0, 9)];
    const after = createLog({ partitionCount: 1, maxEventsPerPartition: 2, restored });
    const added = after.append(event('d'));
    expect(added.sequenceNumber).toBe(3);
    expect(Number(added.offset)).toBeGreaterThan(Number(before.partition('0').lastOffset));
    expect(texts(after.read('0', 0, 9))).toEqual(['c', 'd']);
  });

  it('has offsets that grow and read pages that fit together, for any sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 7 }),
        (bodies, capacity, page) => {
          const log = createLog({ partitionCount: 1, maxEventsPerPartition: capacity });
          for (const body of bodies) log.append(event(body));
          const read: StoredEvent[] = [];
          for (let next = 0; ; next = (read.at(-1)?.sequenceNumber ?? 0) + 1) {
            const events = log.read('0', next, page);
            if (events.length === 0) break;
            read.push(...events);
          }
          expect(texts(read)).toEqual(bodies.slice(-capacity));
          const offsets = read.map(({ offset }) => Number(offset));
          expect(new Set(offsets).size).toBe(offsets.length);
          expect(offsets).toEqual([...offsets].toSorted((a, b) => a - b));
        },
      ),
    );
  });
});
