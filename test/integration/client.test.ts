import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from '../../client/api-client.ts';
import { ApiError, UnreachableError } from '../../client/api-error.ts';
import { reads } from '../../client/reads.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';

let atHand: ApiAtHand;
let server: Server;
let client: ApiClient;
/** Headers of the newest request. */
let seen: IncomingMessage['headers'] = {};

beforeAll(async () => {
  atHand = await ApiAtHand.start();
  await atHand.release('1.0.0', '2026-03-01T08:00:00.000Z');
  await atHand.release('1.0.1', '2026-03-01T09:00:00.000Z');
  const devices = Array.from({ length: 7 }, (_, i) => `devkit-${i}`);
  await atHand.record(devices.map((id) => twinChange(id, { version: 2, status: 'Downloading' })));
  await atHand.record([
    twinChange('devkit-0', { version: 3, status: 'Current', current: '1.0.1' }),
    twinChange('devkit-1', { version: 3, status: 'Error', substatus: 'VerifyFailed' }),
  ]);
  await atHand.refuse('empty-1.0.2.bin', '2026-03-01T10:00:00.000Z');
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  client = new ApiClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await atHand.close();
});

/** The API behind a real socket. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  seen = request.headers;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const body = Buffer.concat(chunks).toString('utf8');
  const asked = { method: request.method ?? 'GET', headers, ...(body !== '' && { body }) };
  const answered = await atHand.api.ask(request.url ?? '/', asked);
  response.writeHead(answered.status, Object.fromEntries(answered.headers)).end(answered.text);
}

async function failure(asking: Promise<unknown>): Promise<unknown> {
  return asking.then(
    () => expect.fail('no error came'),
    (error: unknown) => error,
  );
}

describe('the client', () => {
  test('reads a rollout, a device, a release', async () => {
    const rollout = await client.get(reads.rollout(ROLLOUT));
    expect(rollout).toMatchObject({ id: ROLLOUT, counts: { Succeeded: 1, Failed: 1, Downloading: 5 } });
    const device = await client.get(reads.device('devkit-1'));
    expect(device.updates.map(({ state, reason }) => [state, reason])).toEqual([['Failed', 'VerifyFailed']]);
    expect(await client.get(reads.release('IoTDevKit', '1.0.1'))).toMatchObject({ rolloutId: ROLLOUT });
  });

  test('walks a list over its pages, and takes one page where that is enough', async () => {
    const ids: string[] = [];
    for await (const { deviceId } of client.items(reads.rolloutDevices(ROLLOUT, { limit: 2 }))) {
      ids.push(deviceId);
    }
    expect(ids.toSorted()).toEqual(Array.from({ length: 7 }, (_, i) => `devkit-${i}`));
    const page = await client.get(reads.rolloutDevices(ROLLOUT, { limit: 2 }));
    expect(page.value).toHaveLength(2);
    expect(page.nextLink).toContain('continuation=');
  });

  test('narrows a list and skips what is not given', async () => {
    const failed = await client.get(reads.rolloutDevices(ROLLOUT, { state: 'Failed', reason: undefined }));
    expect(failed.value.map(({ deviceId }) => deviceId)).toEqual(['devkit-1']);
    expect((await client.get(reads.rollouts({ version: '1.0.0' }))).value).toHaveLength(1);
    expect((await client.get(reads.refusals())).value).toMatchObject([{ code: 'image-empty' }]);
  });

  test('learns that nothing has changed without the answer coming again', async () => {
    const first = await client.getIfChanged(reads.rollout(ROLLOUT), undefined);
    if (first.kind !== 'fetched') throw new Error('nothing was fetched');
    expect(first.answer.id).toBe(ROLLOUT);
    expect(await client.getIfChanged(reads.rollout(ROLLOUT), first.etag)).toEqual({ kind: 'unchanged' });
    await atHand.record([twinChange('devkit-2', { version: 3, status: 'Applying' })]);
    const second = await client.getIfChanged(reads.rollout(ROLLOUT), first.etag);
    expect(second).toMatchObject({ kind: 'fetched', answer: { counts: { Applying: 1 } } });
  });

  test('takes text where the answer is text', async () => {
    expect(await client.text(reads.rolloutDevicesCsv(ROLLOUT, { state: 'Failed' }))).toContain('devkit-1');
    expect(await client.text(reads.metrics())).toContain('# EOF');
  });

  test('reads what the app depends on', async () => {
    const { ready, checks } = await client.get(reads.ready());
    expect(ready).toBe(true);
    expect(checks['tables']).toEqual({ ok: true });
  });

  test('gives a problem as an error with everything that the document says', async () => {
    const error = await failure(client.get(reads.rollout('fw-none')));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 404,
      type: 'urn:firmware-ota:problem:not-found',
      title: 'There is no such thing',
      detail: 'There is no rollout "fw-none".',
      pointers: [],
    });
    expect((error as ApiError).correlationId).toMatch(/^made-/);
    expect(await failure(client.get(reads.rollouts({ limit: 1000 })))).toMatchObject({
      status: 400,
      pointers: [{ in: 'query', pointer: 'limit', detail: 'must be a whole number from 1 to 200' }],
    });
  });

  test('sends the revision that was seen, and fails where the rollout has moved on', async () => {
    const { revision } = await client.get(reads.rollout(ROLLOUT));
    const wrong = { ifRevision: revision + 7 };
    const error = await failure(client.control(ROLLOUT, 'pause', { reason: 'Calls' }, wrong));
    expect(seen['if-match']).toBe(`"${revision + 7}"`);
    expect(error).toMatchObject({ status: 412, type: 'urn:firmware-ota:problem:precondition-failed' });
  });

  test('steers: the rollout after it is the answer', async () => {
    const { revision } = await client.get(reads.rollout(ROLLOUT));
    const paused = await client.control(ROLLOUT, 'pause', { reason: 'Calls' }, { ifRevision: revision });
    expect(paused).toMatchObject({ state: 'paused', revision: revision + 1, reason: 'Calls' });
    expect(await client.control(ROLLOUT, 'resume', { reason: 'Mended' })).toMatchObject({ state: 'running' });
    const journal = await client.get(reads.journal(ROLLOUT));
    expect(journal.value.map(({ action }) => action)).toEqual(['started', 'paused', 'resumed']);
  });

  test('sends the key as a header, and never in the address', async () => {
    const keyed = new ApiClient({ ...client.access, key: 'secret', token: async () => 'token' });
    await keyed.get(reads.health());
    expect(seen).toMatchObject({ 'x-functions-key': 'secret', authorization: 'Bearer token' });
  });

  test('says that nobody answers, and that something else answers', async () => {
    const nobody = await failure(new ApiClient({ baseUrl: 'http://127.0.0.1:1' }).get(reads.health()));
    expect(nobody).toBeInstanceOf(UnreachableError);
    expect(nobody).toMatchObject({ url: 'http://127.0.0.1:1/api/health' });
    const other = await failure(client.get({ path: '/api/metrics' }));
    expect(other).toBeInstanceOf(UnreachableError);
  });
});
