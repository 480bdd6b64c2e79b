import { expect, test } from 'vitest';
import { leftOverLines } from '../../../web/words/left-over.ts';

const nothing = { pending: 0, working: 0, stuck: 0, failed: 0, reverted: 0 };

test('each reason that devices are left over for has a line, with the way to its devices where there is one', () => {
  const lines = leftOverLines({ ...nothing, pending: 4, stuck: 2, failed: 1, reverted: 3 });
  expect(lines.map(({ label, devices, filters }) => [label, devices, filters])).toEqual([
    ['Pending', 4, undefined],
    ['Stuck', 2, { stuck: 'true' }],
    ['Failed', 1, { state: 'Failed' }],
    ['Reverted', 3, { state: 'Reverted' }],
  ]);
});

test('where nothing is left over there is no line', () => {
  expect(leftOverLines(nothing)).toEqual([]);
  expect(leftOverLines({ ...nothing, working: 1 })).toHaveLength(1);
});
