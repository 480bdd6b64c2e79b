import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudEvent, cloudEventSchema } from '../../../src/shared/webhooks/cloud-event.ts';
import { eventNames, eventType, namesIn, TEST_EVENT } from '../../../src/shared/webhooks/event-names.ts';
import {
  deviceHappening,
  rolloutHappening,
  uploadHappening,
} from '../../../src/shared/webhooks/happenings.ts';
import { end, entry, everyEvent, refusedUpload, rollout, SOURCE, upload } from './events-at-hand.ts';

describe('every event', () => {
  const events = everyEvent();

  test('is of a type of its own, and every type is there', () => {
    const types = [...eventNames.map((name) => eventType(name)), eventType(TEST_EVENT)];
    expect(events.map(({ type }) => type).toSorted()).toEqual(types.toSorted());
  });

  test.each(events.map((event) => [event.type, event] as const))(
    '%s has what CloudEvents 1.0 asks for',
    (_, event) => {
      expect(cloudEventSchema.parse(event)).toEqual(event);
      expect(event.id).toMatch(/^evt_[0-9a-f]{32}$/);
      expect(event.source).toBe('urn:iot-firmware-ota:my-hub.azure-devices.net');
      expect(new Date(event.time).toISOString()).toBe(event.time);
    },
  );

  test('has an id that no other one has, and always the same', () => {
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(everyEvent().map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });
});

describe('an event', () => {
  const id = (happening: Parameters<typeof cloudEvent>[1]) => cloudEvent(SOURCE, happening).id;

  test('of another attempt, device, revision or installation is another one', () => {
    const ids = [
      id(deviceHappening(end)),
      id(deviceHappening({ ...end, end: { ...end.end, attempt: 2 } })),
      id(deviceHappening({ ...end, deviceId: 'devkit-0008' })),
      id(deviceHappening({ ...end, rollout: { ...rollout, createdAt: '2026-03-02T00:00:00.000Z' } })),
      id(rolloutHappening(entry, rollout)),
      id(rolloutHappening({ ...entry, revision: 4 }, rollout)),
      cloudEvent('urn:iot-firmware-ota:other', rolloutHappening(entry, rollout)).id,
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('tells what the journal tells, with the stage by its name', () => {
    expect(cloudEvent(SOURCE, rolloutHappening(entry, rollout))).toMatchObject({
      type: 'io.github.iot-firmware-ota.rollout.gate-failed.v1',
      subject: 'rollouts/fw-iotdevkit-1-0-1',
      time: entry.at,
      data: { revision: 3, state: 'stopped', stageName: '0.1 %', inputs: { failed: 6 } },
    });
  });

  test('names a path and a device so that the subject is a path of a URI', () => {
    expect(uploadHappening({ ...upload, path: 'a b/ü#1.bin' })?.subject).toBe('uploads/a%20b/%C3%BC%231.bin');
    expect(deviceHappening({ ...end, deviceId: 'a#b?c' }).subject).toBe('devices/a%23b%3Fc');
  });

  test('of a dry run there is none', () => {
    expect(uploadHappening({ ...upload, outcome: { kind: 'dry-run', wouldRelease: true } })).toBeUndefined();
  });

  test('has no secret in it, whoever wrote its words', () => {
    const secret = 'https://x.example.com/f?sig=geheim';
    const told = [
      rolloutHappening({ ...entry, reason: secret, inputs: { targetCondition: secret } }, rollout),
      deviceHappening({ ...end, end: { ...end.end, reason: secret } }),
      uploadHappening({
        ...refusedUpload,
        outcome: { kind: 'refused', refusal: { code: 'image-blank', message: secret } },
      }),
    ];
    expect(JSON.stringify(told)).not.toContain('geheim');
    expect(JSON.stringify(told)).toContain('REDACTED');
  });

  test('fits into a queue message, however long its words are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('€', '\u0001', '"', '😀', 'x'),
        fc.integer({ min: 0, max: 40_000 }),
        (word, times) => {
          const reason = word.repeat(times);
          const events = [
            rolloutHappening({ ...entry, reason, inputs: { targetCondition: reason } }, rollout),
            deviceHappening({ ...end, end: { ...end.end, reason } }),
          ].map((happening) => cloudEvent(SOURCE, happening));
          for (const event of events) {
            const base64 = Buffer.from(JSON.stringify({ event, attempt: 10 })).toString('base64');
            expect(base64.length).toBeLessThanOrEqual(65_536);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the setting of events', () => {
  test('names kinds and single events', () => {
    expect(namesIn('device')).toEqual(['device.failed', 'device.reverted']);
    expect(namesIn('rollout.stopped')).toEqual(['rollout.stopped']);
    expect(namesIn('rollout')).toHaveLength(11);
    expect(namesIn('roll')).toEqual([]);
    expect(namesIn('')).toEqual([]);
  });
});
