import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkTo, paramsOf, placeOf } from '../../../web/shell/place.ts';

test('an address without anything after # is the root', () => {
  expect(placeOf('').path).toBe('/');
  expect(placeOf('#').path).toBe('/');
  expect(placeOf('#/').path).toBe('/');
});

test('filters stand in the address, behind the path', () => {
  const place = placeOf(linkTo(['rollouts', 'fw-a'], { state: 'Failed', reason: '', stuck: undefined }));
  expect(place.path).toBe('/rollouts/fw-a');
  expect(Object.fromEntries(place.query)).toEqual({ state: 'Failed' });
});

test('a link to a device leads to that device, whatever its id holds', () => {
  // As IoT Hub documents device ids: they may hold what has a meaning in addresses.
  const deviceId = fc.string({
    unit: fc.constantFrom(..."aZ09-.+%_#*?!(),:=@$'".split('')),
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(deviceId, (id) => {
      expect(paramsOf('/devices/{id}', placeOf(linkTo(['devices', id])).path)).toEqual({ id });
    }),
  );
});

test.each([
  ['/rollouts/{id}', '/rollouts'],
  ['/rollouts/{id}', '/rollouts/a/b'],
  ['/rollouts/{id}', '/releases/a'],
  ['/devices/{id}', '/devices/%zz'],
  ['/', '/rollouts'],
])('the pattern %s is not at %s', (pattern, path) => {
  expect(paramsOf(pattern, path)).toBeUndefined();
});
