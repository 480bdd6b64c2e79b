import { expect, test } from 'vitest';
import { readCursor, writeCursor } from '../../../src/shared/status/page-cursor.ts';

const list = { rolloutId: 'fw-iotdevkit-1-0-1', shards: 4, state: 'Failed' as const };
const cursor = writeCursor({ shard: 2, after: 'press#17' }, list);

test('a continuation leads on in its own list', () => {
  expect(readCursor(cursor, list)).toEqual({ shard: 2, after: 'press#17' });
});

test.each([
  ['another rollout', cursor, { ...list, rolloutId: 'fw-iotdevkit-1-0-2' }],
  ['another state', cursor, { ...list, state: undefined }],
  ['a rollout with fewer shards', cursor, { ...list, shards: 2 }],
  ['an invented text', 'abc', list],
  ['no text', '', list],
  ['a negative shard', writeCursor({ shard: -1, after: '' }, list), list],
  ['an endless key', writeCursor({ shard: 0, after: 'x'.repeat(2000) }, list), list],
])('a continuation is refused for %s', (_what, text, other) => {
  expect(() => readCursor(text, other)).toThrow(expect.objectContaining({ code: 'invalid-continuation' }));
});
