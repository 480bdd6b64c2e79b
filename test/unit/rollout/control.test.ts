import { describe, expect, test } from 'vitest';
import { revisionsIn } from '../../../src/functions/api/control-answers.ts';
import { HubError } from '../../../src/shared/azure/hub-error.ts';
import { refusalOf } from '../../../src/shared/rollout/control.ts';
import { controlActions } from '../../../src/shared/rollout/lifecycle.ts';
import { retargeted } from '../../../src/shared/rollout/retargeting.ts';
import { after, planOf, recordOf, STARTED } from './rollout-at-hand.ts';
import { nothingCounted } from '../../../src/shared/rollout/rollout.ts';

describe('a request is refused', () => {
  const anyRevision = { ifRevision: undefined };

  test('where there is no rollout, before anything else', () => {
    expect(refusalOf(undefined, { ifRevision: [3] }, 'stop')).toEqual({ kind: 'not-found' });
  });

  test('where the rollout has moved since the person has seen it, even if the action were possible', () => {
    const rollout = recordOf({ revision: 4 });
    expect(refusalOf(rollout, { ifRevision: [3] }, 'stop')).toEqual({ kind: 'changed', revision: 4 });
    expect(refusalOf(rollout, { ifRevision: [] }, 'stop')).toEqual({ kind: 'changed', revision: 4 });
    expect(refusalOf(rollout, { ifRevision: [3, 4] }, 'stop')).toBeUndefined();
    expect(refusalOf(rollout, anyRevision, 'stop')).toBeUndefined();
  });

  test('where its state does not allow it, with what it allows', () => {
    const possible = (['starting', 'running', 'paused', 'stopped', 'completed', 'retired'] as const).map(
      (state) => [
        state,
        controlActions.filter((action) => refusalOf(recordOf({ state }), anyRevision, action) === undefined),
      ],
    );
    expect(Object.fromEntries(possible)).toEqual({
      starting: ['stop'],
      running: ['pause', 'stop', 'retarget', 'revert'],
      paused: ['resume', 'stop', 'approve', 'retarget', 'revert'],
      stopped: ['retire', 'revert'],
      completed: ['stop', 'retire', 'revert'],
      retired: [],
    });
    expect(refusalOf(recordOf({ state: 'stopped' }), anyRevision, 'pause')).toEqual({
      kind: 'wrong-state',
      state: 'stopped',
      possible: ['retire', 'revert'],
    });
  });
});

describe('If-Match', () => {
  test.each([
    [undefined, undefined],
    ['*', undefined],
    [' * ', undefined],
    ['"3"', [3]],
    ['"3", "12"', [3, 12]],
    ['"0"', [0]],
  ])('%s names %s', (header, revisions) => {
    expect(revisionsIn(header)).toEqual(revisions);
  });

  test.each(['3', 'W/"3"', '"3', '""', '"-1"', '"3.0"', '"0x3"', '', '"abc"'])(
    '%s names no revision, so that nothing matches it',
    (header) => {
      expect(revisionsIn(header)).toEqual([]);
    },
  );
});

describe('a retarget', () => {
  const plan = planOf({ stages: [{ where: "tags.site = 'a'" }, { percent: 100 }] });
  const baseline = { ...nothingCounted, succeeded: 3, failed: 1, targeted: 9 };
  const rollout = recordOf({ plan, baseline, revision: 2 });
  const asked: string[] = [];
  const fleet = {
    count: async (condition: string) => {
      asked.push(condition);
      return 7;
    },
  };

  test('of the priority alone asks nobody and changes nothing else', async () => {
    asked.length = 0;
    expect(await retargeted(fleet, rollout, { priority: 20 }, after(5))).toEqual({
      position: { priority: 20 },
      plan,
      inputs: { priority: 20 },
    });
    expect(asked).toEqual([]);
  });

  test('to other devices counts those of the open stage, keeps the evidence, and begins its time again', async () => {
    asked.length = 0;
    const change = await retargeted(fleet, rollout, { targetCondition: 'tags.x = 1' }, after(5));
    expect(change).toEqual({
      position: {
        priority: 10,
        stageOpenedAt: after(5).toISOString(),
        baseline: { ...nothingCounted, succeeded: 3, failed: 1, targeted: 7 },
      },
      plan: { ...plan, targetCondition: 'tags.x = 1' },
      inputs: { priority: 10, targetCondition: 'tags.x = 1', selected: 7 },
    });
    expect(asked).toEqual(["(tags.x = 1) AND ((tags.site = 'a'))"]);
  });

  test('before the first stage opens no stage', async () => {
    asked.length = 0;
    const waiting = recordOf({ plan, stage: -1, stageOpenedAt: '' });
    const change = await retargeted(fleet, waiting, { targetCondition: 'tags.x = 1' }, after(5));
    expect(change).toMatchObject({ position: { priority: 10 } });
    expect(change).not.toMatchObject({ position: { stageOpenedAt: expect.anything() } });
    expect(asked).toEqual(['tags.x = 1']);
  });

  test('to a text that would change the meaning of the whole never reaches the hub', async () => {
    asked.length = 0;
    for (const targetCondition of ['a) OR (b', "tags.x = 'y", 'x'.repeat(8001)]) {
      expect(await retargeted(fleet, rollout, { targetCondition }, after(5))).toMatchObject({
        kind: 'invalid',
        member: 'targetCondition',
      });
    }
    expect(asked).toEqual([]);
  });

  test('says in the hub’s words what it does not take, and passes on that it does not answer', async () => {
    const failing = (kind: 'rejected' | 'unavailable') => ({
      count: async () => {
        throw new HubError(kind, 'near "="', { cause: undefined });
      },
    });
    const request = { targetCondition: 'tags.x == 1' };
    expect(await retargeted(failing('rejected'), rollout, request, new Date(STARTED))).toMatchObject({
      kind: 'invalid',
      message: 'IoT Hub does not take it: near "="',
    });
    await expect(retargeted(failing('unavailable'), rollout, request, new Date(STARTED))).rejects.toThrow(
      HubError,
    );
  });
});
