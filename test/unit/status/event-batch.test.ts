import { describe, expect, test } from 'vitest';
import { advance, isApplied } from '../../../src/shared/status/counter-row.ts';
import { claimBefore, readEvents, writerOf } from '../../../src/shared/status/event-batch.ts';
import { readTriggerBatch } from '../../../src/shared/status/trigger-batch.ts';
import { wavesOf } from '../../../src/shared/status/waves.ts';
import { downloading, twinEvent } from './twin-event.ts';

const at = (second: number) => `2026-03-01T10:00:${String(second).padStart(2, '0')}.000Z`;
const partial = { fwUpdateStatus: 'Applying' };
const event = (sequenceNumber: number, deviceId: string, firmware: object = downloading) =>
  twinEvent(firmware, {
    sequenceNumber,
    enqueuedAt: at(sequenceNumber),
    properties: { ...twinEvent(firmware).properties, deviceId },
  });

describe('what the host hands over', () => {
  const metadata = {
    partitionContext: {
      partitionId: '3',
      eventHubName: 'twins',
      fullyQualifiedNamespace: 'ns.servicebus.windows.net',
    },
    propertiesArray: [{ deviceId: 'a' }, { deviceId: 'b' }],
    systemPropertiesArray: [
      { sequenceNumber: 7, enqueuedTimeUtc: '2026-03-01T10:00:07' },
      { sequenceNumber: { low: 8, high: 0, unsigned: false } },
    ],
    sequenceNumberArray: [7, 8],
    enqueuedTimeUtcArray: ['2026-03-01T10:00:07', '2026-03-01T10:00:08.5'],
  };
  const now = new Date('2026-03-01T11:00:00Z');

  test('is one event for each body, with its own metadata', () => {
    expect(readTriggerBatch([{ n: 1 }, ''], metadata, now)).toMatchObject({
      stream: 'ns.servicebus.windows.net/twins',
      partition: '3',
      events: [
        {
          body: { n: 1 },
          properties: { deviceId: 'a' },
          sequenceNumber: 7,
          enqueuedAt: '2026-03-01T10:00:07.000Z',
        },
        {
          body: '',
          properties: { deviceId: 'b' },
          sequenceNumber: 8,
          enqueuedAt: '2026-03-01T10:00:08.500Z',
        },
      ],
    });
  });

  test('gives no device another one’s report where a body is missing', () => {
    const { events } = readTriggerBatch([{ n: 2 }], metadata, now);
    expect(events).toEqual([
      {
        body: { n: 2 },
        properties: {},
        systemProperties: {},
        sequenceNumber: 7,
        enqueuedAt: now.toISOString(),
        misaligned: true,
      },
    ]);
    expect(readEvents(events).letters).toMatchObject([{ reason: { code: 'misaligned-batch' } }]);
  });

  test('is read even without any metadata', () => {
    expect(readTriggerBatch([], {}, now)).toEqual({ stream: '/', partition: '', events: [] });
  });
});

test('a writer is one partition of one Event Hub', () => {
  const keys = [
    ['ns/hub', '1'],
    ['ns/hub', '2'],
    ['ns/other', '1'],
  ].map(([stream = '', partition = '']) => writerOf({ stream, partition }));
  expect(new Set(keys).size).toBe(3);
  expect(keys[0]).toMatch(/^[0-9a-f]{8}\|1$/);
});

describe('a batch with reports that name no version', () => {
  const { reports } = readEvents([
    event(1, 'a'),
    event(2, 'b', partial),
    event(3, 'a', partial),
    event(4, 'b'),
    event(5, 'a'),
  ]);
  const waves = wavesOf(reports);

  test('is recorded in waves, so that each is attributed after the ones before it', () => {
    expect(waves.map((wave) => wave.map((item) => item.event.sequenceNumber))).toEqual([
      [1, 2, 4],
      [3, 5],
    ]);
  });

  test('claims no more than is applied after each wave', () => {
    const events = reports.map((item) => item.event);
    expect(claimBefore(events, waves[1] ?? [])).toEqual({ sequence: 2, enqueuedAt: at(2) });
    expect(claimBefore(events, [])).toEqual({ sequence: 5, enqueuedAt: at(5) });
  });
});

describe('the watermark of a writer', () => {
  const mark = { sequence: 10, enqueuedAt: at(10) };

  test('tells what has been applied', () => {
    expect(isApplied({ sequence: 10, enqueuedAt: at(10) }, mark)).toBe(true);
    expect(isApplied({ sequence: 11, enqueuedAt: at(10) }, mark)).toBe(false);
  });

  test('does not take an Event Hub that counts from 0 again for a repetition', () => {
    expect(isApplied({ sequence: 0, enqueuedAt: at(30) }, mark)).toBe(false);
    expect(advance(mark, { sequence: 4, enqueuedAt: at(30) })).toEqual({ sequence: 4, enqueuedAt: at(30) });
  });

  test('goes forward, and not back for a repetition', () => {
    expect(advance(mark, { sequence: 12, enqueuedAt: at(9) })).toEqual({ sequence: 12, enqueuedAt: at(10) });
    expect(advance(mark, { sequence: 4, enqueuedAt: at(4) })).toEqual(mark);
  });
});
