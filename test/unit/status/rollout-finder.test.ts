import { describe, expect, test } from 'vitest';
import type { Rollout } from '../../../src/shared/rollout/rollout.ts';
import { attribute } from '../../../src/shared/status/attribution.ts';
import { findRollouts } from '../../../src/shared/status/rollout-finder.ts';
import { reportAt } from './twin-event.ts';

const rollout = (version: string): Rollout => ({
  id: `fw-iotdevkit-${version.replaceAll('.', '-')}`,
  deviceType: 'IoTDevKit',
  version,
  createdAt: '2026-03-01T10:00:00.000Z',
  shards: 4,
});
const first = rollout('1.0.1');
const second = rollout('1.0.2');
const working = (pendingVersion: string) => reportAt(2, 5, { status: 'Applying', pendingVersion });
const current = (currentVersion: string) => reportAt(2, 5, { status: 'Current', currentVersion });

describe('a report belongs to', () => {
  test.each([
    ['the rollout of the pending version', working('1.0.2'), second, []],
    ['the same with another spelling', working('1.00.2.0'), second, []],
    ['none where that was never released', working('9.9'), undefined, []],
    ['the rollout of the version that it runs, and tells the others', current('1.0.1'), first, [second]],
    ['none, but tells all that the device is back', current('1.0.0'), undefined, [second, first]],
  ])('%s', (_what, report, own, others) => {
    expect(attribute(report, [second, first])).toEqual({ kind: 'rollouts', own, others });
  });

  test('its open attempt where it names no version', () => {
    expect(attribute(reportAt(2, 5, { status: 'Applying' }), [first])).toEqual({
      kind: 'open-attempt',
      candidates: [first],
    });
  });
});

describe('the directory of rollouts', () => {
  /** Knows the second rollout only when it is asked for an answer as new as the report. */
  const asked = async (version: string, continuous: boolean) => {
    const questions: string[] = [];
    const directory = {
      ofDeviceType: async (_type: string, notOlderThan: Date) => {
        questions.push(notOlderThan.toISOString().slice(11, 19));
        return notOlderThan >= new Date('2026-03-01T10:05:00Z') ? [second, first] : [first];
      },
    };
    const find = findRollouts(directory, [{ report: working(version) }], () => 'IoTDevKit', continuous);
    return { rollouts: (await find)('iotdevkit'), questions };
  };

  test('is asked for an older answer where the version is known', async () => {
    expect(await asked('1.0.1', true)).toEqual({ rollouts: [first], questions: ['10:04:00'] });
  });

  test('is asked again, for one as new as the report, where the version is unknown', async () => {
    expect(await asked('1.0.2', true)).toEqual({
      rollouts: [second, first],
      questions: ['10:04:00', '10:05:00'],
    });
  });

  test('is asked for a new answer at once after an interruption', async () => {
    expect(await asked('1.0.1', false)).toEqual({ rollouts: [second, first], questions: ['10:05:00'] });
  });
});
