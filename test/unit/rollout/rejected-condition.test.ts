import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HubError } from '../../../src/shared/azure/hub-error.ts';
import { rejectedCondition, wholeCondition } from '../../../src/shared/rollout/rejected-condition.ts';
import { stageCondition } from '../../../src/shared/rollout/stage-condition.ts';
import { planOf } from './rollout-at-hand.ts';

/** A hub that takes every condition but those with a question mark in them. */
class Hub {
  asked = 0;

  async objection(condition: string): Promise<string | undefined> {
    this.asked++;
    return condition.includes('?') ? `it does not read ${condition.indexOf('?')}` : undefined;
  }
}

/** A plan whose stages of the given indexes are wrong. */
function planWith(stages: number, wrong: readonly number[], targetCondition = '*') {
  const own = Array.from({ length: stages }, (_, i) => ({
    where: wrong.includes(i) ? `tags.ring ? ${i}` : `tags.ring = ${i}`,
  }));
  return { ...planOf({ stages: [...own, { percent: 100 }] }), targetCondition };
}

describe('the condition of a plan that the hub does not take', () => {
  test('is none where all are good: one question', async () => {
    const hub = new Hub();
    expect(await rejectedCondition(hub, planWith(19, []))).toBeUndefined();
    expect(hub.asked).toBe(1);
  });

  test('needs no question where everybody is meant', async () => {
    const hub = new Hub();
    expect(
      await rejectedCondition(hub, planOf({ stages: [{ percent: 1 }, { percent: 100 }] })),
    ).toBeUndefined();
    expect(hub.asked).toBe(0);
  });

  test('is the target before any stage', async () => {
    expect(await rejectedCondition(new Hub(), planWith(3, [1], 'tags.site ? 1'))).toEqual({
      path: 'targetCondition',
      words: 'it does not read 10',
    });
  });

  test('is the first wrong stage, found with a part of the twenty questions of a minute', async () => {
    const wrong = fc.uniqueArray(fc.nat(18), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(wrong, fc.constantFrom('*', 'tags.site = 1'), async (indexes, target) => {
        const hub = new Hub();
        const found = await rejectedCondition(hub, planWith(19, indexes, target));
        expect(found?.path).toBe(`stages.${Math.min(...indexes)}.where`);
        expect(hub.asked).toBeLessThanOrEqual(7);
      }),
    );
  });

  test.each([1, 2, 3])('is found among %i stages with no more questions than stages', async (stages) => {
    for (let wrong = 0; wrong < stages; wrong++) {
      const hub = new Hub();
      const found = await rejectedCondition(hub, planWith(stages, [wrong]));
      expect(found?.path).toBe(`stages.${wrong}.where`);
      expect(hub.asked).toBeLessThanOrEqual(stages);
    }
  });

  test('is left open where the hub does not answer', async () => {
    const away = {
      objection: async () => {
        throw new HubError('throttled', 'too many', { cause: undefined });
      },
    };
    await expect(rejectedCondition(away, planWith(2, []))).rejects.toMatchObject({ kind: 'throttled' });
  });
});

test('the whole condition of a plan is spelled as that of its last stage of its own', () => {
  for (const target of ['*', "tags.site = 'a'"]) {
    const plan = planWith(3, [], target);
    expect(wholeCondition(plan)).toBe(stageCondition(plan, 2, 0, 0));
  }
});
