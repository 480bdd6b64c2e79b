import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../../src/shared/rollout/plan.ts';
import { planJsonSchema } from '../../../src/shared/rollout/plan-schema.ts';

describe('the published JSON Schema of a plan', () => {
  // To write it anew: npx vitest run test/unit/rollout/plan-schema.test.ts -u
  test('is the one in docs', async () => {
    await expect(`${JSON.stringify(planJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../../../docs/plan.schema.json',
    );
  });

  const validate = new Ajv2020({ strict: false }).compile(planJsonSchema());

  test.each([
    {},
    { $schema: 'x', stages: [{ percent: 1 }, { where: 'tags.a = 1' }, { percent: 100 }] },
    { window: { from: '22:00', to: '04:00' }, onGateFailed: 'pause' },
  ])('takes what the service takes: %j', (document) => {
    expect(validate(document)).toBe(true);
    expect(parsePlan(JSON.stringify(document)).ok).toBe(true);
  });

  test.each([
    { stages: [] },
    { stages: [{}] },
    { stages: [{ percent: 1, where: 'tags.a = 1' }] },
    { stages: [{ percent: 101 }] },
    { stages: [{ percent: 1, gate: { maxFail: 3 } }] },
    { priority: 1.5 },
    { window: { from: '24:00', to: '04:00' } },
    { onGateFailed: 'ignore' },
    { stagess: [] },
  ])('refuses what the service refuses: %j', (document) => {
    expect(validate(document)).toBe(false);
    expect(parsePlan(JSON.stringify(document)).ok).toBe(false);
  });
});
