import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMetricsText } from '../../../src/shared/http/open-metrics.ts';
import { readOpenMetrics } from './open-metrics-lint.ts';

describe('OpenMetrics text', () => {
  test('is as its specification shows it', () => {
    const text = openMetricsText([
      {
        name: 'devices',
        type: 'gauge',
        help: 'Devices.',
        samples: [{ labels: { state: 'Failed' }, value: 3 }],
      },
      { name: 'rollout', type: 'info', help: 'A "rollout".', samples: [{ labels: { id: 'a' }, value: 1 }] },
      { name: 'events', type: 'counter', help: 'Events.', samples: [{ labels: {}, value: 7 }] },
      { name: 'seen', type: 'gauge', help: 'Seen.', samples: [{ labels: {}, value: 0 }] },
    ]);
    expect(text).toBe(
      [
        '# TYPE devices gauge',
        '# HELP devices Devices.',
        'devices{state="Failed"} 3',
        '# TYPE rollout info',
        '# HELP rollout A \\"rollout\\".',
        'rollout_info{id="a"} 1',
        '# TYPE events counter',
        '# HELP events Events.',
        'events_total 7',
        '# TYPE seen gauge',
        '# HELP seen Seen.',
        'seen 0',
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  test('carries any text as a label’s value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (value, number) => {
        const samples = [{ labels: { a: value, b: 'x' }, value: number }];
        const text = openMetricsText([{ name: 'm', type: 'gauge', help: 'M.', samples }]);
        expect(readOpenMetrics(text).get('m')?.samples).toEqual(samples);
      }),
    );
  });
});
