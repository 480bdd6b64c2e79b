import { describe, expect, test } from 'vitest';
import { configurationFault, isReservedLabel } from '../../../src/shared/rollout/configuration-limits.ts';
import { parsePlan } from '../../../src/shared/rollout/plan.ts';
import { planOf } from './rollout-at-hand.ts';

const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, 'x']));
const condition = (length: number) => `tags.a = '${'x'.repeat(length - 11)}'`;
const where = (length: number) => ({ stages: [{ where: condition(length) }] });

describe('a plan fits into a configuration', () => {
  test('with twenty labels, and not with one more', () => {
    expect(configurationFault({ ...planOf({}), labels: labels(20) })).toBeUndefined();
    expect(configurationFault({ ...planOf({}), labels: labels(21) })).toEqual({
      member: 'labels',
      message: 'there are 21 labels, at most 20 are taken',
    });
  });

  test('with conditions of 7,000 characters together, brackets and words between them counted in', () => {
    const [target, stage] = [condition(4000), 3000 - '() AND (())'.length];
    expect(configurationFault(planOf({ targetCondition: target, ...where(stage) }))).toBeUndefined();
    const { stages } = planOf(where(stage + 1));
    expect(configurationFault({ targetCondition: target, stages, labels: {} })).toMatchObject({
      member: 'stages',
      message: expect.stringContaining('have 7001 characters, at most 7000 fit'),
    });
  });

  test('without the labels that the service sets', () => {
    expect(isReservedLabel('devicetype')).toBe(true);
    expect(isReservedLabel('team')).toBe(false);
    expect(configurationFault({ ...planOf({}), labels: { SHA256: 'x' } })?.message).toContain('"SHA256"');
  });
});

test('a plan file is measured by the same limits', () => {
  expect(parsePlan(JSON.stringify({ labels: labels(21) }))).toMatchObject({ ok: false, path: 'labels' });
  expect(parsePlan(JSON.stringify(where(7000)))).toMatchObject({ ok: false, path: 'stages' });
});
