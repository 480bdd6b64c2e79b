import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEvent, serializeEvent } from '../../../local/event-hubs/event-line.ts';
import type { EventLog, HubEvent } from '../../../local/event-hubs/event-log.ts';
import { openPersistedLog } from '../../../local/event-hubs/persist-log.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'event-log-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function open({ partitionCount = 2, maxEventsPerPartition = 100 } = {}) {
  return openPersistedLog(dir, {
    name: 'twins',
    partitionCount,
    maxEventsPerPartition,
    partitionOf: () => 0,
    now: () => new Date(1_700_000_000_123),
  });
}

/** Opens, lets `work` use the log, closes, and gives what `work` gave. */
function run<Result>(work: (log: EventLog) => Result, options = {}): Result {
  const { log, close } = open(options);
  try {
    return work(log);
  } finally {
    close();
  }
}

function event(text: string): HubEvent {
  return { body: Buffer.from(text), applicationProperties: {}, annotations: {} };
}

function appendAll(...texts: string[]) {
  return (log: EventLog) => texts.map((text) => log.append(event(text), '0').sequenceNumber);
}

const readAll = (log: EventLog) => log.read('0', 0, 1000).map(({ body }) => body.toString());

describe('a persisted event log', () => {
  it('is whole again after its process ends without closing it', () => {
    const { log, close } = open();
    const written = log.append(
      {
        partitionKey: 'dev1',
        body: Buffer.from([0, 255, 10]),
        contentType: 'application/json',
        userId: 'hub',
        applicationProperties: { opType: 'updateTwin', count: 3, ok: true },
        annotations: { 'iothub-enqueuedtime': new Date(5) },
      },
      '1',
    );
    const again = run((reopened) => reopened.read('1', 0, 10));
    close();
    expect(again).toEqual([written]);
  });

  it('goes on counting where it was', () => {
    run(appendAll('a', 'b'));
    expect(run(appendAll('c'))).toEqual([2]);
    expect(run(readAll)).toEqual(['a', 'b', 'c']);
  });

  it('drops a torn last line and writes on behind the last whole one', () => {
    run(appendAll('a', 'b'));
    appendFileSync(join(dir, '0.jsonl'), '{"body":"Yw');
    expect(run(readAll)).toEqual(['a', 'b']);
    expect(run(appendAll('c'))).toEqual([2]);
    expect(run(readAll)).toEqual(['a', 'b', 'c']);
  });

  it('cuts its files to its size when it is opened', () => {
    run(appendAll('a', 'b', 'c', 'd'));
    expect(run(readAll, { maxEventsPerPartition: 2 })).toEqual(['c', 'd']);
    expect(readFileSync(join(dir, '0.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2);
    expect(run(appendAll('e'), { maxEventsPerPartition: 2 })).toEqual([4]);
  });

  it('refuses a damaged file, and says where', () => {
    run(appendAll('a', 'b', 'c'));
    const path = join(dir, '0.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [lines[0], 'nonsense', lines[2], ''].join('\n'));
    expect(() => open()).toThrowError(/0\.jsonl is damaged in line 2/);
    writeFileSync(path, [lines[0], lines[2], ''].join('\n'));
    expect(() => open()).toThrowError(/lacks the event with sequence number 1/);
  });

  it('refuses a directory that was kept with more partitions', () => {
    run((log) => log.append(event('a'), '1'));
    expect(() => open({ partitionCount: 1 })).toThrowError(/more than 1 partitions \(1\.jsonl\)/);
  });

  it('writes any event as one line that reads back the same', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.date({ noInvalidDate: true }));
    // zod drops a property of this name, so that none can reach a prototype; no sender has one.
    const name = fc.string().filter((text) => text !== '__proto__');
    const values = fc.dictionary(name, value, { noNullPrototype: true });
    const events = fc.record(
      {
        body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        applicationProperties: values,
        annotations: values,
        partitionId: fc.constant('0'),
        sequenceNumber: fc.nat(),
        offset: fc.nat().map(String),
        enqueuedTime: fc.date({ noInvalidDate: true }),
        partitionKey: fc.string(),
        messageId: fc.string(),
      },
      {
        requiredKeys: [
          'body',
          'applicationProperties',
          'annotations',
          'partitionId',
          'sequenceNumber',
          'offset',
          'enqueuedTime',
        ],
      },
    );
    fc.assert(
      fc.property(events, (stored) => {
        const line = serializeEvent(stored);
        expect(line).not.toContain('\n');
        expect(parseEvent(line)).toEqual(stored);
      }),
    );
  });
});
