import { describe, expect, test } from 'vitest';
import { matchRoute, parseRoute } from '../../../local/function-host/http-routes.ts';

const routes = (...templates: string[]) =>
  templates.map((template) => parseRoute(template, ['GET'], template));
const match = (templates: string[], path: string, method = 'GET') =>
  matchRoute(routes(...templates), method, path);

describe('route matching', () => {
  test.each([
    ['/a/b', ['a/{x}', 'a/b'], 'a/b'],
    ['/a/7', ['a/{x}', 'a/{x:int}'], 'a/{x:int}'],
    ['/a/b', ['{*all}', 'a/{x}'], 'a/{x}'],
    ['/a/b/c', ['a/{*rest}', '{x}/b/c'], 'a/{*rest}'],
    ['/a', ['a/{*rest}', 'a'], 'a'],
    ['/a', ['a/{x?}', 'a'], 'a'],
  ])('%s of %j goes to %s, whatever the order', (path, templates, expected) => {
    expect(match(templates, path)?.target).toBe(expected);
    expect(match(templates.toReversed(), path)?.target).toBe(expected);
  });

  test('parameters are decoded, literals match in any case, a trailing slash is nothing', () => {
    expect(match(['Things/{id}'], '/things/a%2Fb%20c/')?.params).toEqual({ id: 'a/b c' });
  });

  test('an optional parameter and a catch-all may be empty, a plain parameter may not', () => {
    expect(match(['a/{x?}'], '/a')?.params).toEqual({});
    expect(match(['a/{*rest}'], '/a')?.params).toEqual({ rest: '' });
    expect(match(['a/{x}'], '/a')).toBeUndefined();
  });

  test('an optional parameter that may hold nothing stands for the root alone', () => {
    expect(match(['{nothing:maxlength(0)?}'], '/')?.params).toEqual({});
    expect(match(['{nothing:maxlength(0)?}'], '/a')).toBeUndefined();
    expect(match(['{x:maxlength(2)}'], '/ab')?.params).toEqual({ x: 'ab' });
    expect(match(['{x:maxlength(2)}'], '/abc')).toBeUndefined();
  });

  test('what no template covers does not match: more segments, another method, a constraint, bad encoding', () => {
    expect(match(['a/{x}'], '/a/b/c')).toBeUndefined();
    expect(match(['a'], '/a', 'POST')).toBeUndefined();
    expect(match(['a/{x:int}'], '/a/b')).toBeUndefined();
    expect(match(['a/{x}'], '/a/%zz')).toBeUndefined();
  });

  test.each(['a/{*rest}/b', 'a/x{id}', 'a/{id:length(5)}', 'a/{id:date}'])(
    'the template %s is refused',
    (template) => {
      expect(() => parseRoute(template, ['GET'], template)).toThrow(`The route "${template}"`);
    },
  );
});
