import { expect, describe, test } from 'vitest';
import { z } from 'zod';
import { TableUnavailableError } from '../../../src/shared/azure/table-faults.ts';
import { json, operation } from '../../../src/shared/http/operation.ts';
import { route } from '../../../src/shared/http/route.ts';
import { InProcessApi } from './in-process-api.ts';

const thing = z.object({ name: z.string() }).meta({ id: 'TestThing' });
const getThing = operation({
  id: 'thing',
  method: 'GET',
  path: '/things/{name}',
  right: 'read',
  tag: 'Test',
  summary: 'Get a thing',
  parameters: z.object({ name: z.string().regex(/^[a-z]+$/, 'is no name') }),
  query: z.strictObject({ size: z.coerce.number('must be a number').int('must be whole').optional() }),
  answer: json({ schema: thing, description: 'A thing.', example: { name: 'a' } }),
});
const renameThing = operation({
  id: 'thing-rename',
  method: 'POST',
  path: '/things/{name}/rename',
  right: 'write',
  tag: 'Test',
  summary: 'Rename a thing',
  parameters: z.object({ name: z.string() }),
  body: {
    schema: z.strictObject({ to: z.array(z.string()).min(1) }).meta({ id: 'TestRename' }),
    example: { to: ['b'] },
  },
  answer: json({ schema: thing, description: 'The thing.', example: { name: 'b' } }),
});

/** An API with one thing that is read by `read`. */
function apiWith(read: (name: string) => Promise<{ name: string }> = async (name) => ({ name })) {
  return new InProcessApi([
    route(getThing, async ({ path }) => ({ body: await read(path.name) })),
    route(renameThing, async ({ body, caller }) => ({ body: { name: `${body.to[0]} by ${caller.name}` } })),
  ]);
}

function failingWith(error: unknown) {
  return apiWith(async () => {
    throw error;
  });
}

function storageError(statusCode: number): Error {
  return Object.assign(new Error('AccountKey=abc; it is busy'), { name: 'RestError', statusCode });
}

describe('an answer', () => {
  test('is shaped as its operation describes it, and nothing beside it goes out', async () => {
    const api = apiWith(async (name) => ({ name, secret: 's3cret' }) as { name: string });
    const answer = await api.ask('/api/things/a');
    expect([answer.status, answer.json()]).toEqual([200, { name: 'a' }]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('has a strong tag, and is not sent again to a caller that names it', async () => {
    const api = apiWith();
    const tag = (await api.ask('/api/things/a')).headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    const named = [tag, `W/${tag}`, `"other", ${tag}`, '*'];
    for (const value of named) {
      const again = await api.ask('/api/things/a', { headers: { 'if-none-match': value } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
      expect(again.headers.get('cache-control')).toBe('private, no-cache');
    }
    expect((await api.ask('/api/things/b', { headers: { 'if-none-match': tag } })).status).toBe(200);
  });

  test('to HEAD has the headers of the one to GET', async () => {
    const api = apiWith();
    const [get, head] = [await api.ask('/api/things/a'), await api.ask('/api/things/a', { method: 'HEAD' })];
    const comparable = ({ headers }: typeof get) =>
      [...headers].filter(([name]) => name !== 'x-correlation-id');
    expect(comparable(head)).toEqual(comparable(get));
  });

  test('that is not as described is a fault, told without its cause', async () => {
    const api = apiWith(async () => ({ name: 7 }) as unknown as { name: string });
    const answer = await api.ask('/api/things/a');
    expect(answer.status).toBe(500);
    expect(api.lines.at(-1)).toMatchObject({
      level: 'error',
      event: 'request-failed',
      errorCode: 'answer-not-as-described',
    });
  });
});

describe('the correlation id', () => {
  test('is the caller’s where it is well-formed, in the answer and in the log', async () => {
    const api = apiWith();
    const answer = await api.ask('/api/things/a', { headers: { 'x-correlation-id': 'request-17' } });
    expect(answer.headers.get('x-correlation-id')).toBe('request-17');
    expect(api.lines).toEqual([expect.objectContaining({ correlationId: 'request-17', operation: 'thing' })]);
  });

  test.each(['short', 'has space in it', 'x'.repeat(129), '"};DROP'])(
    'is a new one where the caller’s is %s',
    async (given) => {
      const answer = await apiWith().ask('/api/things/a', { headers: { 'x-correlation-id': given } });
      expect(answer.headers.get('x-correlation-id')).toBe('made-0001');
    },
  );

  test('stands in problem documents too', async () => {
    const answer = await apiWith().ask('/api/nothing/here/at/all');
    expect(answer.json()['correlationId']).toBe(answer.headers.get('x-correlation-id'));
  });
});

describe('a problem', () => {
  test('names every unknown and every wrong query parameter', async () => {
    const answer = await apiWith().ask('/api/things/a?colour=red&size=x&__proto__=1');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.json()).toMatchObject({
      type: 'urn:firmware-ota:problem:bad-request',
      status: 400,
      instance: '/api/things/a',
      errors: [
        { in: 'query', pointer: 'size', detail: 'must be a number' },
        { in: 'query', pointer: 'colour' },
        { in: 'query', pointer: '__proto__' },
      ],
    });
  });

  test('of a key in the URL says where keys belong', async () => {
    const answer = await apiWith().ask('/api/things/a?code=k3y');
    expect(answer.json()['errors']).toMatchObject([{ detail: expect.stringContaining('x-functions-key') }]);
    expect(answer.text).not.toContain('k3y');
  });

  test('of a path that names nothing is a 404 that says which segment', async () => {
    const answer = await apiWith().ask('/api/things/17');
    expect([answer.status, answer.json()['errors']]).toEqual([
      404,
      [{ in: 'path', pointer: 'name', detail: 'is no name' }],
    ]);
  });

  test.each([
    ['{"to":[]}', 400, '#/to'],
    ['{"to":[1]}', 400, '#/to/0'],
    ['{"to":["b"],"a/b~c":1}', 400, '#/a~1b~0c'],
    ['{"to":["b"],"\\ud800":1}', 400, '#/%EF%BF%BD'],
    ['{"to":', 400, '#'],
    ['', 400, '#'],
  ])('of the body %s points into it', async (body, status, pointer) => {
    const answer = await apiWith().ask('/api/things/a/rename', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.json()['errors']]).toEqual([
      status,
      [expect.objectContaining({ in: 'body', pointer })],
    ]);
  });

  test('of a body that is no JSON, or too large, is told before it is parsed', async () => {
    const post = (type: string, body: string) =>
      apiWith().ask('/api/things/a/rename', { method: 'POST', headers: { 'content-type': type }, body });
    expect((await post('text/plain', '{"to":["b"]}')).status).toBe(415);
    expect((await post('application/jsonp', '{"to":["b"]}')).status).toBe(415);
    expect((await post('application/json', `{"to":["${'b'.repeat(70_000)}"]}`)).status).toBe(413);
    const good = await post('application/json; charset=utf-8', '{"to":["b"]}');
    expect(good.json()).toEqual({ name: 'b by function key' });
  });

  test.each([
    [storageError(503), 503, 'unavailable'],
    [storageError(500), 503, 'unavailable'],
    [storageError(429), 429, 'throttled'],
    [new TableUnavailableError(storageError(503)), 503, 'unavailable'],
    [new TableUnavailableError(new Error('socket hang up')), 503, 'unavailable'],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 503, 'unavailable'],
    [storageError(403), 500, 'internal'],
    [new TypeError('x is not a function'), 500, 'internal'],
    ['a text', 500, 'internal'],
  ])('of a service or of the program is told without a word of it: %s', async (error, status, code) => {
    const api = failingWith(error);
    const answer = await api.ask('/api/things/a');
    expect(answer.status).toBe(status);
    expect(answer.json()['type']).toBe(`urn:firmware-ota:problem:${code}`);
    expect(answer.headers.get('retry-after')).toBe(status === 500 ? null : '5');
    expect(answer.text).not.toMatch(/AccountKey|hang up|a function|a text/);
    expect(JSON.stringify(api.lines)).not.toContain('AccountKey=abc');
  });

  test('of a method says which ones there are, and of a path that there is none', async () => {
    const api = apiWith();
    const refused = await api.ask('/api/things/a', { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const wrongWay = await api.ask('/api/THINGS/a/rename');
    expect([wrongWay.status, wrongWay.headers.get('allow')]).toEqual([405, 'POST']);
    const unknown = await api.ask('/api/nothing');
    expect([unknown.status, unknown.headers.get('allow')]).toEqual([404, null]);
  });
});
