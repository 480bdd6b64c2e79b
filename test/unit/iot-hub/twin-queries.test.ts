import { expect, test } from 'vitest';

import { addDevices, hubAtHand } from './hub-at-hand.ts';

const ALL = 'SELECT * FROM devices';
const IDS = 'SELECT deviceId FROM devices';

function hubWith(count: number, limits: Parameters<typeof hubAtHand>[0] = {}) {
  const { hub } = hubAtHand(limits);
  addDevices(hub, Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, {}])));
  return hub;
}

test('a page has a hundred rows unless the client asks for another number, and never more than the limit', () => {
  const hub = hubWith(130, { limits: { maxPage: 120 } });
  expect(hub.query({ query: ALL }).items).toHaveLength(100);
  expect(hub.query({ query: ALL }, 7).items).toHaveLength(7);
  expect(hub.query({ query: ALL }, 999).items).toHaveLength(120);
});

test('whole twins are told from rows of columns', () => {
  const hub = hubWith(1);
  expect(hub.query({ query: ALL })).toMatchObject({ itemType: 'twin', continuation: undefined });
  expect(hub.query({ query: IDS })).toEqual({
    itemType: 'raw',
    items: [{ deviceId: 'd0' }],
    continuation: undefined,
  });
});

test('groups come in pages too', () => {
  const { hub } = hubAtHand();
  addDevices(hub, { a: { site: 1 }, b: { site: 2 }, c: { site: 1 }, d: { site: 3 } });
  const query = 'SELECT tags.site, COUNT() AS n FROM devices GROUP BY tags.site';
  const first = hub.query({ query }, 2);
  const second = hub.query({ query }, 2, first.continuation);
  expect([...first.items, ...second.items]).toEqual([
    { site: 1, n: 2 },
    { site: 2, n: 1 },
    { site: 3, n: 1 },
  ]);
  expect(second.continuation).toBeUndefined();
});

test('a continuation goes on with its own query only', () => {
  const hub = hubWith(3);
  const { continuation } = hub.query({ query: ALL }, 1);
  const refusal = expect.objectContaining({ code: 'ArgumentInvalid', status: 400 });
  expect(hub.query({ query: ALL }, 1, continuation).items).toMatchObject([{ deviceId: 'd1' }]);
  expect(() => hub.query({ query: IDS }, 1, continuation)).toThrow(refusal);
  expect(() => hub.query({ query: ALL }, 1, 'nonsense')).toThrow(refusal);
});

test.each([
  [undefined],
  [{}],
  [{ query: 7 }],
  [{ query: 'SELECT' }],
  [{ query: `${ALL}${' '.repeat(8192)}` }],
])('the body %.40j holds no query that could be answered', (body) => {
  const { hub } = hubAtHand();
  expect(() => hub.query(body)).toThrow(expect.objectContaining({ code: 'ArgumentInvalid' }));
});
