import { describe, expect, test } from 'vitest';
import { quotaWarning } from '../../../src/shared/rollout/configuration-quota.ts';
import { superseded } from '../../../src/shared/rollout/retirement.ts';
import type { RolloutRecord } from '../../../src/shared/rollout/rollout.ts';
import { planOf, recordOf } from './rollout-at-hand.ts';

/** States, the newest first; the versions descend from 1.0.9. */
function lineOf(states: readonly RolloutRecord['state'][], document: object = { keepSuperseded: 1 }) {
  return states.map((state, i) => recordOf({ version: `1.0.${9 - i}`, state, plan: planOf(document) }));
}

const versions = (rollouts: readonly RolloutRecord[]) => superseded(rollouts).map(({ version }) => version);

describe('what is superseded', () => {
  test('is older than the newest completion, beyond the number that its plan keeps', () => {
    expect(versions(lineOf(['completed', 'completed', 'completed', 'stopped']))).toEqual(['1.0.7', '1.0.6']);
    expect(versions(lineOf(['completed', 'stopped', 'completed'], { keepSuperseded: 0 }))).toEqual([
      '1.0.8',
      '1.0.7',
    ]);
    expect(versions(lineOf(['completed', 'completed'], { keepSuperseded: 3 }))).toEqual([]);
  });

  test('is nothing before a completion: what is not proven takes nobody’s place', () => {
    expect(versions(lineOf(['stopped', 'stopped', 'stopped'], { keepSuperseded: 0 }))).toEqual([]);
    expect(versions(lineOf(['running', 'starting', 'paused'], { keepSuperseded: 0 }))).toEqual([]);
    const newestIsBad = lineOf(['stopped', 'completed', 'completed'], { keepSuperseded: 0 });
    expect(versions(newestIsBad)).toEqual(['1.0.7']);
  });

  test('is never one that is still under way, nor one that is retired', () => {
    const line = lineOf(['completed', 'running', 'paused', 'starting', 'retired'], { keepSuperseded: 0 });
    expect(versions(line)).toEqual([]);
  });

  test('is judged apart for each device type and target', () => {
    const others = [
      recordOf({ version: '1.0.1', state: 'completed', deviceType: 'Thermostat' }),
      recordOf({ version: '1.0.0', state: 'completed', plan: planOf({ targetCondition: 'tags.x = 1' }) }),
    ];
    const line = lineOf(['completed', 'completed'], { keepSuperseded: 0 });
    expect(versions([...line, ...others])).toEqual(['1.0.8']);
  });

  test('counts device types as one whose spelling differs in case only', () => {
    const [newest, older] = lineOf(['completed', 'completed'], { keepSuperseded: 0 });
    const spelled = { ...older, deviceType: 'IOTDEVKIT' } as RolloutRecord;
    expect(versions([newest as RolloutRecord, spelled])).toEqual(['1.0.8']);
  });
});

describe('the quota of configurations', () => {
  test.each([
    [79, 100, undefined],
    [80, 100, /80 of the 100/],
    [100, 100, /100 of the 100/],
    [101, 100, /takes no further one/],
    [7, 10, undefined],
    [8, 10, /8 of the 10/],
  ])('with %i of %i', (configurations, quota, warning) => {
    const said = quotaWarning(configurations, quota);
    expect(said === undefined).toBe(warning === undefined);
    expect(said ?? '').toMatch(warning ?? /^$/);
  });
});
