import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnyOperation } from '../../src/shared/http/operation.ts';
import { AnswerValidator } from '../unit/http/answer-validator.ts';
import { document, operations } from '../unit/http/described-api.ts';
import type { Answered, Asked } from '../unit/http/in-process-api.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

const ROLLOUT = '/api/rollouts/fw-iotdevkit-1-0-1';
const ODD_ID = "=it's,#17?";

let hand: ApiAtHand;
const neverDescribed = { path: '/nowhere', method: 'GET' } as const;
const validator = new AnswerValidator(document);

beforeAll(async () => {
  hand = await ApiAtHand.start();
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
  await hand.release('1.0.2', '2026-03-01T00:00:00.000Z');
  await hand.release('1.0.3', '2026-03-02T00:00:00.000Z');
  for (let i = 1; i <= 3; i++) await hand.refuse(`empty-${i}.bin`, `2026-03-0${i}T11:00:00.000Z`);
  const fleet = Array.from({ length: 24 }, (_, i) => `devkit-${String(i).padStart(4, '0')}`);
  await hand.record([
    ...fleet.map((id) => twinChange(id, { version: 2, status: 'Downloading' })),
    ...fleet.slice(0, 12).map((id) => twinChange(id, { version: 3, status: 'Current', current: '1.0.1' })),
    ...fleet
      .slice(12, 18)
      .map((id, i) =>
        twinChange(id, { version: 3, status: 'Error', substatus: i % 2 ? 'VerifyFailed' : 'DownloadFailed' }),
      ),
    twinChange(ODD_ID, { version: 2, status: 'Downloading' }),
  ]);
});
afterAll(() => hand.close());

const ask = async (path: string, asked?: Asked): Promise<Answered> => hand.api.ask(path, asked);

/** A request as the operation's own example shows it. */
function exampleOf({
  method,
  body,
  bytes,
}: Pick<AnyOperation, 'method'> & Partial<Pick<AnyOperation, 'body' | 'bytes'>>): Asked {
  const json = { 'content-type': 'application/json' };
  if (bytes) return { method: 'PUT', headers: { 'content-type': bytes.mediaType }, body: new Uint8Array(8) };
  return { method, ...(body && { headers: json, body: JSON.stringify(body.example) }) };
}

/** Every page's entries, by following `nextLink` from the page at `path`. */
async function allOf(path: string, between: () => Promise<void> = async () => undefined) {
  const pages: Record<string, unknown>[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const answer = await ask(next);
    const { value, nextLink } = answer.json() as { value: Record<string, unknown>[]; nextLink?: string };
    expect(answer.headers.get('link')).toBe(nextLink === undefined ? null : `<${nextLink}>; rel="next"`);
    pages.push(value);
    next = nextLink;
    await between();
  }
  return pages;
}

describe('every operation', () => {
  const requests: [string, string][] = [
    ['rollouts', '/api/rollouts?deviceType=iotdevkit&version=1.0.1&state=running'],
    ['rollout', ROLLOUT],
    ['rollout-pause', `${ROLLOUT}/pause`],
    ['rollout-resume', `${ROLLOUT}/resume`],
    ['rollout-approve', `${ROLLOUT}/approve`],
    ['rollout-retarget', '/api/rollouts/none/retarget'],
    ['rollout-stop', '/api/rollouts/none/stop'],
    ['rollout-retire', '/api/rollouts/none?reason=over'],
    ['rollout-revert', '/api/rollouts/none/revert'],
    ['rollout-dry-run', '/api/rollouts/dry-run'],
    ['rollout-journal', `${ROLLOUT}/journal?limit=1`],
    ['audit', '/api/audit'],
    ['rollout-failures', `${ROLLOUT}/failures`],
    ['rollout-counts', `${ROLLOUT}/counts`],
    ['rollout-devices', `${ROLLOUT}/devices?state=Failed&limit=3`],
    ['rollout-devices-csv', `${ROLLOUT}/devices.csv`],
    ['rollout-devices-ndjson', `${ROLLOUT}/devices.ndjson`],
    ['rollout-pending-devices', `${ROLLOUT}/pending-devices`],
    ['device', '/api/devices/devkit-0012'],
    ['releases', '/api/releases?deviceType=IoTDevKit'],
    ['release', '/api/releases/IoTDevKit/1.0.1'],
    ['upload-put', '/api/uploads/FirmwareOTA-9.0.0.bin?version=9.0.0'],
    ['upload', '/api/uploads/FirmwareOTA-9.0.0.bin'],
    ['refusals', '/api/refusals'],
    ['uploads', '/api/uploads?limit=1'],
    ['dead-letters', '/api/dead-letters'],
    ['dead-letter-replay', '/api/dead-letters/2026-03-01@1a2b3c4d@0@42/replay'],
    ['webhooks', '/api/webhooks'],
    ['webhook-test', '/api/webhooks/test'],
    ['webhook-dead-letters', '/api/webhooks/dead-letters'],
    [
      'webhook-dead-letter-replay',
      '/api/webhooks/dead-letters/98227623600000-5f2b1c9e8d7a-0123456789abcdef/replay',
    ],
    [
      'webhook-dead-letter-discard',
      '/api/webhooks/dead-letters/98227623600000-5f2b1c9e8d7a-0123456789abcdef',
    ],
    ['health', '/api/health'],
    ['health-ready', '/api/health/ready'],
    ['diagnosis', '/api/diagnosis'],
    ['metrics', '/api/metrics'],
    ['docs', '/api/docs'],
    ['docs-file', '/api/docs/swagger-ui.css'],
    ['openapi', '/api/openapi.json'],
  ];

  test('is among those that are tried here', () => {
    expect(requests.map(([id]) => id).toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  });

  test.each(requests)('%s answers as the document says: %s', async (id, path) => {
    const operation = operations.find((one) => one.id === id) ?? neverDescribed;
    const asked = exampleOf(operation);
    const answer = await ask(path, asked);
    expect([200, 202, 404, 409]).toContain(answer.status);
    expect(validator.faults(operation, answer)).toEqual([]);
    const wrong = await ask(`${path.split('?')[0]}?colour=red`, asked);
    expect(wrong.status).toBe(400);
    expect(validator.faults(operation, wrong)).toEqual([]);
  });
});

describe('lists', () => {
  test('of rollouts are the newest first, page by page, also where one is added between two pages', async () => {
    let added = false;
    const pages = await allOf('/api/rollouts?limit=2', async () => {
      if (!added) await hand.release('1.0.4', '2026-03-02T06:00:00.000Z');
      added = true;
    });
    expect(pages.map((page) => page.map(({ version }) => version))).toEqual([['1.0.3', '1.0.2'], ['1.0.1']]);
    const again = await allOf('/api/rollouts?limit=200');
    expect(again.flat().map(({ version }) => version)).toEqual(['1.0.4', '1.0.3', '1.0.2', '1.0.1']);
  });

  test('of rollouts hold those that are asked for', async () => {
    const versions = async (query: string) =>
      (await allOf(`/api/rollouts?${query}`)).flat().map((r) => r['version']);
    expect(await versions('version=1.0.2.0')).toEqual(['1.0.2']);
    expect(await versions('deviceType=IOTDEVKIT&version=1.0.1')).toEqual(['1.0.1']);
    expect(await versions('deviceType=Thermostat')).toEqual([]);
    expect(await versions('state=paused')).toEqual([]);
  });

  test('of releases have the highest version first', async () => {
    const pages = await allOf('/api/releases?limit=2&deviceType=iotdevkit');
    expect(pages.flat().map(({ version }) => version)).toEqual(['1.0.4', '1.0.3', '1.0.2', '1.0.1']);
    expect(pages.map((page) => page.length)).toEqual([2, 2]);
    expect((await allOf('/api/releases?deviceType=Thermostat')).flat()).toEqual([]);
  });

  test('of refusals have the newest upload first', async () => {
    const pages = await allOf('/api/refusals?limit=2');
    expect(pages.flat().map(({ path }) => path)).toEqual(['empty-3.bin', 'empty-2.bin', 'empty-1.bin']);
  });

  test('of devices hold each device once, and only those that fit', async () => {
    const ids = async (query: string) =>
      (await allOf(`${ROLLOUT}/devices?${query}`)).flat().map((d) => d['deviceId']);
    const all = await ids('limit=7');
    expect([all.length, new Set(all).size]).toEqual([25, 25]);
    expect(await ids('state=Failed')).toHaveLength(6);
    expect(new Set(await ids('reason=VerifyFailed&limit=2'))).toEqual(
      new Set(['devkit-0013', 'devkit-0015', 'devkit-0017']),
    );
    expect(await ids('reason=VerifyFailed&state=Succeeded')).toEqual([]);
    expect(await ids('stuck=true')).toHaveLength(7);
    expect(await ids('stuck=true&state=Succeeded')).toEqual([]);
    const sorted = (await allOf(`${ROLLOUT}/devices?sort=lastChange&limit=7`)).flat();
    expect(new Set(sorted.map(({ deviceId }) => deviceId))).toEqual(new Set(all));
    const changes = sorted.map(({ since }) => String(since));
    expect(changes).toEqual(changes.toSorted().toReversed());
  });

  test.each([
    '/api/rollouts',
    '/api/releases',
    '/api/refusals',
    '/api/dead-letters',
    '/api/webhooks/dead-letters',
    `${ROLLOUT}/devices`,
    `${ROLLOUT}/devices?sort=lastChange`,
    `${ROLLOUT}/pending-devices`,
  ])('of %s take no continuation of another list', async (path) => {
    const foreign = Buffer.from('["other","a","b"]').toString('base64url');
    for (const continuation of [foreign, 'x', '%00', 'W10']) {
      const answer = await ask(`${path}${path.includes('?') ? '&' : '?'}continuation=${continuation}`);
      expect([answer.status, answer.json()['errors']]).toEqual([
        400,
        [expect.objectContaining({ in: 'query', pointer: 'continuation' })],
      ]);
    }
  });
});

describe('a rollout', () => {
  test('is told with its release and its counts', async () => {
    expect((await ask(ROLLOUT)).json()).toMatchObject({
      state: 'running',
      release: { crc16: '0x31c3', rolloutId: 'fw-iotdevkit-1-0-1' },
      counts: { Succeeded: 12, Failed: 6, Downloading: 7 },
      seen: 25,
      pending: 275,
    });
  });

  test('has a tag that changes with what is told', async () => {
    const tag = (await ask(ROLLOUT)).headers.get('etag') ?? '';
    const unchanged = await ask(ROLLOUT, { headers: { 'if-none-match': tag } });
    expect(unchanged.status).toBe(304);
    await hand.observe('fw-iotdevkit-1-0-1', 301);
    const changed = await ask(ROLLOUT, { headers: { 'if-none-match': tag } });
    expect([changed.status, changed.json()['pending']]).toEqual([200, 276]);
  });

  test('that is not there is a problem', async () => {
    for (const path of ['/api/rollouts/none', '/api/rollouts/none/devices', '/api/rollouts/No/devices.csv']) {
      expect((await ask(path)).status).toBe(404);
    }
  });
});

describe('a device', () => {
  test('is told with its history, whatever its id', async () => {
    const answer = await ask(`/api/devices/${encodeURIComponent(ODD_ID)}`);
    expect(answer.json()).toMatchObject({
      deviceId: ODD_ID,
      updates: [{ state: 'Downloading', history: [{ version: 2, gap: 0, state: 'Downloading' }] }],
    });
  });

  test('that is unknown, or cannot be, is a problem', async () => {
    expect((await ask('/api/devices/nobody')).status).toBe(404);
    expect((await ask('/api/devices/%E2%82%AC')).json()['errors']).toMatchObject([
      { in: 'path', pointer: 'deviceId' },
    ]);
  });
});

describe('an export', () => {
  test('as CSV holds a row for each device, and no formula', async () => {
    const answer = await ask(`${ROLLOUT}/devices.csv`);
    const rows = answer.text.split('\r\n');
    expect(rows[0]).toMatch(/^deviceId,rolloutId,state,/);
    expect(rows).toHaveLength(1 + 25 + 1);
    expect(answer.text).toContain(`"'${ODD_ID}",fw-iotdevkit-1-0-1,Downloading`);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="fw-iotdevkit-1-0-1.csv"');
  });

  test('in several files is the same as in one', async () => {
    for (const format of ['csv', 'ndjson']) {
      const whole = await ask(`${ROLLOUT}/devices.${format}`);
      let parts = '';
      for (let next: string | undefined = `${ROLLOUT}/devices.${format}?limit=10`; next !== undefined;) {
        const part = await ask(next);
        parts += part.text;
        next = /^<(.+)>; rel="next"$/.exec(part.headers.get('link') ?? '')?.[1];
      }
      expect(parts).toBe(whole.text);
    }
  });

  test('as NDJSON has the lines that the list has as entries', async () => {
    const answer = await ask(`${ROLLOUT}/devices.ndjson?reason=VerifyFailed`);
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const listed = (await allOf(`${ROLLOUT}/devices?reason=VerifyFailed`)).flat();
    expect(lines).toEqual(listed);
    expect(lines).toHaveLength(3);
  });
});
