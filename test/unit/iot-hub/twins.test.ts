import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../local/iot-hub/merge-patch.ts';
import { diffPatch, mergePatch } from '../../../local/iot-hub/merge-patch.ts';
import { twinSize } from '../../../local/iot-hub/twin-limits.ts';
import { addDevices, bodyOf, hubAtHand } from './hub-at-hand.ts';

/** The ways in which IoT Hub writes 14:10:42.417 of the test's day. */
const NOW = '2020-10-21T14:10:42.4170000Z';

describe('a merge patch', () => {
  const key = fc.constantFrom('a', 'b', 'c', '__proto__');
  const document = fc.letrec<{ node: JsonObject }>((tie) => ({
    node: fc
      .array(fc.tuple(key, fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), tie('node'))))
      .map((entries) => Object.fromEntries(entries)),
  })).node;

  test('turns one document into another where it is their difference', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(mergePatch(before, diffPatch(before, after))).toEqual(after);
      }),
    );
  });

  test('of a document to itself is empty, and merging twice is merging once', () => {
    fc.assert(
      fc.property(document, document, (before, patch) => {
        expect(diffPatch(before, before)).toEqual({});
        const once = mergePatch(before, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });

  test('removes by null at any depth, replaces arrays, and leaves its inputs alone', () => {
    const before = Object.freeze({ a: Object.freeze({ b: 1, c: 2 }), list: [1, 2], text: 'x' });
    const patch = { a: { b: null }, list: [3], text: { now: 'object' }, none: { deep: null } };
    expect(mergePatch(before, patch)).toEqual({ a: { c: 2 }, list: [3], text: { now: 'object' }, none: {} });
  });
});

describe('a twin', () => {
  test('begins empty, with versions and times', () => {
    const { hub } = hubAtHand();
    addDevices(hub, { a: {} });
    const section = { $metadata: { $lastUpdated: NOW }, $version: 1 };
    expect(hub.twins.get('a')).toMatchObject({
      deviceId: 'a',
      etag: 'AAAAAAAAAAE=',
      version: 2,
      properties: { desired: section, reported: section },
    });
  });

  test('keeps metadata on every level, and drops it with what is removed', () => {
    const { hub, pass } = hubAtHand();
    addDevices(hub, { a: {} });
    hub.twins.update('a', { properties: { desired: { x: { y: 1, z: 2 }, w: 3 } } }, undefined);
    pass(1000);
    hub.twins.update('a', { properties: { desired: { x: { y: 9, z: null } } } }, undefined);
    const first = { $lastUpdated: NOW, $lastUpdatedVersion: 2 };
    const second = { $lastUpdated: '2020-10-21T14:10:43.4170000Z', $lastUpdatedVersion: 3 };
    expect(hub.twins.get('a')['properties']).toMatchObject({
      desired: {
        x: { y: 9 },
        w: 3,
        $version: 3,
        $metadata: { ...second, w: first, x: { ...second, y: second } },
      },
    });
    expect(JSON.stringify(hub.twins.get('a'))).not.toContain('"z"');
  });

  test('changes its etag with what the service writes, not with what the device reports', () => {
    const { hub } = hubAtHand();
    addDevices(hub, { a: {} });
    const etag = 'AAAAAAAAAAE=';
    expect(hub.twins.get('a')).toMatchObject({ etag });
    hub.twins.report('a', { x: 1 });
    hub.twins.update('a', { tags: { x: 1 } }, etag);
    expect(() => hub.twins.update('a', { tags: { x: 2 } }, etag)).toThrow(
      expect.objectContaining({ code: 'PreconditionFailed', status: 412 }),
    );
    expect(hub.twins.get('a')).toMatchObject({ tags: { x: 1 }, version: 4 });
  });

  test('takes back what a client has read, without the members that are the hub’s', () => {
    const { hub } = hubAtHand();
    addDevices(hub, { a: {} });
    const read = hub.twins.update('a', { properties: { desired: { x: 1 } } }, undefined);
    hub.twins.update('a', { properties: read['properties'] }, undefined);
    expect(hub.twins.get('a')).toMatchObject({ properties: { desired: { x: 1, $version: 3 } } });
  });

  test('can be replaced: what the request does not name is gone', () => {
    const { hub, events } = hubAtHand();
    const patches: unknown[] = [];
    addDevices(hub, { a: { site: 'north' } });
    hub.twins.update('a', { properties: { desired: { x: 1, y: 2 } } }, undefined);
    hub.connect('a', { desired: (patch) => patches.push(patch), drop: () => undefined }).subscribeDesired();
    hub.twins.replace('a', { tags: { floor: 1 }, properties: { desired: { y: 3 } } }, undefined);
    expect(hub.twins.get('a')).toMatchObject({ tags: { floor: 1 } });
    expect(hub.twins.get('a')['tags']).toEqual({ floor: 1 });
    expect(patches).toEqual([{ x: null, y: 3, $version: 3 }]);
    expect(events.at(-1)?.applicationProperties).toMatchObject({ opType: 'replaceTwin' });
    expect(bodyOf(events.at(-1))).toMatchObject({
      deviceId: 'a',
      etag: 'AAAAAAAAAAQ=',
      version: 5,
      tags: { floor: 1 },
      properties: { desired: { y: 3, $version: 3 }, reported: { $version: 1 } },
    });
  });
});

describe('the documented limits of twins', () => {
  const nested = (depth: number): JsonObject => (depth === 1 ? { k: 1 } : { k: nested(depth - 1) });

  test.each([
    ['a dot in a key', { 'a.b': 1 }],
    ['a dollar in a key', { a: { $b: 1 } }],
    ['a space in a key', { 'a b': 1 }],
    ['a number sign in a key', { 'a#': 1 }],
    ['a control character in a key', { 'a\u0007': 1 }],
    ['an empty key', { '': 1 }],
    ['a key of 1025 bytes', { ['k'.repeat(1025)]: 1 }],
    ['a value of 4097 bytes', { a: 'x'.repeat(4097) }],
    ['a value of 4098 bytes in 2049 characters', { a: 'é'.repeat(2049) }],
    ['eleven levels', nested(11)],
    ['a hundred thousand levels', JSON.parse('{"k":'.repeat(100_000) + '1' + '}'.repeat(100_000))],
    ['as many arrays', JSON.parse(`{"k":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
    ['an integer over 52 bits', { a: 4_503_599_627_370_496 }],
    ['an integer under 52 bits', { a: [-4_503_599_627_370_497] }],
  ])('refuse %s', (_what, patch) => {
    const { hub } = hubAtHand();
    addDevices(hub, { a: {} });
    const refusal = expect.objectContaining({ code: 'ArgumentInvalid', status: 400, number: 400_004 });
    expect(() => hub.twins.report('a', patch)).toThrow(refusal);
    expect(() => hub.twins.update('a', { tags: patch }, undefined)).toThrow(refusal);
    expect(hub.twins.get('a')).toMatchObject({ version: 2 });
  });

  test.each([
    ['a key of 1024 bytes', { ['k'.repeat(1024)]: 1 }],
    ['a value of 4096 bytes', { a: 'é'.repeat(2048) }],
    ['ten levels', nested(10)],
    ['the largest integers', { a: 4_503_599_627_370_495, b: -4_503_599_627_370_496 }],
  ])('allow %s', (_what, patch) => {
    const { hub } = hubAtHand();
    addDevices(hub, { a: {} });
    expect(hub.twins.report('a', patch)).toBe(2);
  });

  test('bound each section by what it holds after the patch', () => {
    const { hub } = hubAtHand({ limits: { tagsBytes: 20, desiredBytes: 30, reportedBytes: 30 } });
    addDevices(hub, { a: {} });
    hub.twins.update('a', { tags: { a: 'x'.repeat(19) } }, undefined);
    expect(() => hub.twins.update('a', { tags: { b: '' } }, undefined)).toThrow(/tags would have 21 bytes/);
    hub.twins.report('a', { a: 'x'.repeat(29) });
    expect(() => hub.twins.report('a', { b: '' })).toThrow(/reported would have 31 bytes/);
    expect(hub.twins.report('a', { a: null, b: 'x'.repeat(29) })).toBe(3);
  });

  test('count keys and texts in bytes, numbers as 8, booleans as 4', () => {
    expect(twinSize({ é: 'ü', n: 1, b: true, list: [1, 'x'], deep: { k: 1 } })).toBe(
      4 + (1 + 8) + (1 + 4) + (4 + 8 + 1) + (4 + 1 + 8),
    );
  });
});
