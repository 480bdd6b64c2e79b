import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baselineOf, evidenceOf } from '../../../src/shared/rollout/evidence.ts';
import { nothingCounted } from '../../../src/shared/rollout/rollout.ts';
import { after, countsOf, recordOf } from './rollout-at-hand.ts';

const observed = (targeted: number, minutes: number) => ({
  targeted,
  applied: 0,
  stuck: 0,
  observedAt: after(minutes).toISOString(),
});

describe('the evidence of a stage', () => {
  test('is what came since the stage opened', () => {
    const before = countsOf({ Succeeded: 10, Failed: 2, Reverted: 1 });
    const rollout = recordOf({ baseline: baselineOf(before, 20, 14) });
    const now = countsOf({ Succeeded: 14, Failed: 2, Reverted: 3, Downloading: 2, Applying: 1 });
    expect(evidenceOf(rollout, now, 1)).toEqual({
      succeeded: 4,
      failed: 2,
      stuck: 1,
      working: 3,
      targeted: 6,
      ended: 6,
      targetedInAll: 20,
      endedInAll: 19,
    });
  });

  test('is none at the moment when it opens', () => {
    const counts = countsOf({ Succeeded: 10, Failed: 2 }, 1);
    const rollout = recordOf({ baseline: baselineOf(counts, 20, 12) });
    expect(evidenceOf(rollout, counts, 0)).toMatchObject({ succeeded: 0, failed: 0 });
  });

  test('is of the devices that the stage added: those before it are not offered anew', () => {
    const before = countsOf({ Succeeded: 950, Downloading: 50 });
    const rollout = recordOf({ baseline: baselineOf(before, 1050, 1000) });
    const now = countsOf({ Succeeded: 955, Downloading: 95 });
    expect(evidenceOf(rollout, now, 0)).toMatchObject({
      targeted: 50,
      ended: 5,
      targetedInAll: 1050,
      endedInAll: 955,
    });
  });

  test('holds a failure against the image also while the device tries again', () => {
    const rollout = recordOf();
    const failed = evidenceOf(rollout, countsOf({ Failed: 1 }), 0);
    const trying = evidenceOf(rollout, countsOf({ Downloading: 1 }, 1), 0);
    expect(failed).toEqual(trying);
    expect(trying).toMatchObject({ failed: 1, working: 0, ended: 1, endedInAll: 1 });
  });

  test('counts a device that had the version already as one that has an end, not as a success', () => {
    expect(evidenceOf(recordOf(), countsOf({ AlreadyCurrent: 5 }), 0)).toMatchObject({
      succeeded: 0,
      ended: 5,
    });
  });

  test('is never negative, where devices that counted before are deleted', () => {
    const rollout = recordOf({
      baseline: { ...nothingCounted, succeeded: 10, failed: 5, ended: 15, targeted: 20, before: 15 },
    });
    expect(evidenceOf(rollout, countsOf({ Succeeded: 8, Failed: 1 }), 0)).toMatchObject({
      succeeded: 0,
      failed: 0,
      ended: 0,
    });
  });

  test('whatever the counts, what is at work or has an end are all that were seen', () => {
    const count = fc.nat(500);
    fc.assert(
      fc.property(fc.tuple(count, count, count, count, count, count, count), fc.nat(100), (given, tries) => {
        const [Downloading, Verifying, Applying, Succeeded, AlreadyCurrent, Failed, Reverted] = given;
        const states = { Downloading, Verifying, Applying, Succeeded, AlreadyCurrent, Failed, Reverted };
        const counts = countsOf(states, Math.min(tries, Downloading + Verifying + Applying));
        const { working, endedInAll } = evidenceOf(recordOf(), counts, 0);
        expect(working + endedInAll).toBe(counts.seen);
      }),
    );
  });
});

describe('who is targeted', () => {
  const rollout = (targeted: number, minutes: number) =>
    recordOf({
      baseline: { ...nothingCounted, targeted: 10 },
      observation: observed(targeted, minutes),
    });
  const targetedBy = (...given: [number, number]) => evidenceOf(rollout(...given), countsOf({}), 0).targeted;

  test('is what was counted when the stage opened, before the hub has said anything', () => {
    const counted = recordOf({ baseline: { ...nothingCounted, targeted: 10 } });
    expect(evidenceOf(counted, countsOf({}), 0).targeted).toBe(10);
  });

  test('is never fewer than that until the hub has surely evaluated the new condition', () => {
    expect(targetedBy(3, 1)).toBe(10);
    expect(targetedBy(12, 1)).toBe(12);
    expect(targetedBy(3, 9.9)).toBe(10);
  });

  test('is the hub’s number after that, also where it is lower', () => {
    expect(targetedBy(3, 10)).toBe(3);
    expect(targetedBy(12, 60)).toBe(12);
  });

  test('does not believe what the hub said before the stage opened', () => {
    expect(targetedBy(3, -30)).toBe(10);
  });
});
