import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { MAX_IMAGE_BYTES } from '../../src/shared/firmware/device-profile.ts';
import { AnswerValidator } from '../unit/http/answer-validator.ts';
import { document } from '../unit/http/described-api.ts';
import { forecastOf } from '../unit/rollout/forecast-at-hand.ts';
import { ApiAtHand } from './api-at-hand.ts';

const BYTES = { 'content-type': 'application/octet-stream' };
const image = new Uint8Array(buildFirmwareImage({ version: '1.0.1', size: 4096 }));
const forecast = forecastOf({
  firstStage: { name: '0.1 %', targetCondition: 'tags.ota.bucket < 10', devices: 5 },
  unreached: [{ deviceId: 'a', reason: 'version-not-lower', detail: 'runs 1.0.1' }],
  warnings: ['The hub holds many configurations.'],
});
const validator = new AnswerValidator(document);
let hand: ApiAtHand;

beforeAll(async () => {
  hand = await ApiAtHand.start();
});
afterAll(() => hand.close());

const put = (
  name: string,
  query = '',
  body: Uint8Array<ArrayBuffer> = image,
  headers: Record<string, string> = BYTES,
) => hand.api.ask(`/api/uploads/${encodeURIComponent(name)}${query}`, { method: 'PUT', headers, body });
const get = (name: string) => hand.api.ask(`/api/uploads/${encodeURIComponent(name)}`);
const stored = async (name: string) => {
  const blob = hand.firmware.getBlobClient(name);
  const { metadata } = await blob.getProperties();
  return { metadata, bytes: new Uint8Array(await blob.downloadToBuffer()) };
};

test('an image is dropped as a storage tool would drop it, and waits to be looked at', async () => {
  const query = new URLSearchParams({
    version: '1.0.1',
    deviceType: 'IoTDevKit',
    plan: 'careful',
    targetCondition: "tags.environment = 'test'",
    priority: '20',
    dryRun: 'true',
    labels: '{"team":"field","site":"3"}',
  });
  const answer = await put('FirmwareOTA (2)-1.0.1.bin', `?${query.toString()}`);
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe('/api/uploads/FirmwareOTA%20(2)-1.0.1.bin');
  expect(validator.faults({ path: '/uploads/{name}', method: 'PUT' }, answer)).toEqual([]);
  expect(answer.json()).toMatchObject({ path: 'FirmwareOTA (2)-1.0.1.bin', size: 4096, outcome: 'pending' });
  const blob = await stored('FirmwareOTA (2)-1.0.1.bin');
  expect(blob.bytes).toEqual(image);
  expect(blob.metadata).toEqual({
    fwversion: '1.0.1',
    devicetype: 'IoTDevKit',
    plan: 'careful',
    targetcondition: "tags.environment = 'test'",
    priority: '20',
    dryrun: 'true',
    label_team: 'field',
    label_site: '3',
  });
});

test.each([
  [
    { kind: 'admitted', rolloutId: 'fw-1', releasedNow: true },
    { outcome: 'admitted', rollout: 'fw-1' },
  ],
  [
    { kind: 'admitted', rolloutId: 'fw-1', releasedNow: false },
    { outcome: 'already-released', rollout: 'fw-1' },
  ],
  [
    { kind: 'refused', refusal: { code: 'image-empty', message: 'Build it again.' } },
    { outcome: 'refused', refusal: { code: 'image-empty', message: 'Build it again.' } },
  ],
  [
    { kind: 'dry-run', wouldRelease: true, forecast },
    { outcome: 'dry-run', wouldRelease: true, forecast },
  ],
] as const)('its outcome %j is told as %j', async (outcome, told) => {
  await put('outcome-1.0.1.bin');
  const { etag } = (await get('outcome-1.0.1.bin')).json();
  const upload = { path: 'outcome-1.0.1.bin', etag: String(etag), size: 4096, metadata: {} };
  await hand.uploads.record({ ...upload, uploadedAt: hand.now.toISOString() }, outcome, hand.now);
  const answer = await get('outcome-1.0.1.bin');
  expect(answer.json()).toEqual({ ...answer.json(), ...told });
  expect(validator.faults({ path: '/uploads/{name}', method: 'GET' }, answer)).toEqual([]);
  const again = await hand.api.ask('/api/uploads/outcome-1.0.1.bin', {
    headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
  });
  expect(again.status).toBe(304);
});

test('other bytes under the same name are another upload, which waits again', async () => {
  await put('again-1.0.1.bin');
  const first = (await get('again-1.0.1.bin')).json();
  const upload = { path: 'again-1.0.1.bin', etag: String(first['etag']), size: 4096, metadata: {} };
  const outcome = { kind: 'dry-run', wouldRelease: true } as const;
  await hand.uploads.record({ ...upload, uploadedAt: hand.now.toISOString() }, outcome, hand.now);
  await put('again-1.0.1.bin', '', new Uint8Array(16));
  const second = (await get('again-1.0.1.bin')).json();
  expect(second).toMatchObject({ outcome: 'pending', size: 16 });
  expect(second['etag']).not.toBe(first['etag']);
});

test('what lies in the drop box by other hands is told too, and what does not is 404', async () => {
  await hand.firmware.getBlockBlobClient('by-hand-1.0.1.bin').uploadData(Buffer.from(image));
  expect((await get('by-hand-1.0.1.bin')).json()).toMatchObject({ outcome: 'pending', size: 4096 });
  expect((await get('nothing-1.0.1.bin')).status).toBe(404);
});

test.each([
  ['a name without .bin', 'notes.txt', '', BYTES, 404],
  ['a folder', 'a/b.bin', '', BYTES, 404],
  ['a hidden way up', '..bin', '', BYTES, 404],
  ['JSON', 'x.bin', '', { 'content-type': 'application/json' }, 415],
  ['a metadata value outside ASCII', 'x.bin', '?plan=%C3%BCber', BYTES, 400],
  ['a header in a value', 'x.bin', '?version=1%0D%0Ax-ms-evil:%201', BYTES, 400],
  ['labels that are no JSON', 'x.bin', '?labels=team=field', BYTES, 400],
  ['a label name that no header takes', 'x.bin', '?labels={"a-b":"1"}', BYTES, 400],
  ['a priority that is no number', 'x.bin', '?priority=high', BYTES, 400],
])('%s is refused before anything is stored', async (_what, name, query, headers, status) => {
  const answer = await put(name, query, image, headers);
  expect(answer.status).toBe(status);
  expect(await hand.firmware.getBlobClient(name).exists()).toBe(false);
});

test('more bytes than any device takes are refused by what the caller says, and by what they are', async () => {
  const said = await put('large.bin', '', image, { ...BYTES, 'content-length': String(MAX_IMAGE_BYTES + 1) });
  expect(said.status).toBe(413);
  const found = await put('large.bin', '', new Uint8Array(MAX_IMAGE_BYTES + 1));
  expect(found.status).toBe(413);
  expect(await hand.firmware.getBlobClient('large.bin').exists()).toBe(false);
});

test('with If-None-Match: * nothing is written over, not even by two callers at once', async () => {
  const onlyNew = { ...BYTES, 'if-none-match': '*' };
  const both = await Promise.all([
    put('new-1.0.1.bin', '', image, onlyNew),
    put('new-1.0.1.bin', '', image, onlyNew),
  ]);
  expect(new Set(both.map(({ status }) => status))).toEqual(new Set([202, 412]));
  const taken = await put('new-1.0.1.bin', '', new Uint8Array(16), onlyNew);
  expect([taken.status, taken.json()['detail']]).toEqual([412, expect.stringContaining('another name')]);
  expect(validator.faults({ path: '/uploads/{name}', method: 'PUT' }, taken)).toEqual([]);
  expect((await stored('new-1.0.1.bin')).bytes).toEqual(image);
  expect((await put('new-1.0.1.bin', '', image, { ...BYTES, 'if-none-match': '"0x1"' })).status).toBe(400);
  expect((await put('new-1.0.1.bin', '', new Uint8Array(16))).status).toBe(202);
});

test('uploads that were looked at are listed, the newest first, each once, page by page', async () => {
  const listed = ['old', 'new', 'newest'].map((name, i) => ({
    upload: {
      path: `list/${name}.bin`,
      etag: `0x${i}`,
      size: 9,
      uploadedAt: `2027-03-0${i + 1}T09:00:00.000Z`,
    },
    outcome: { kind: 'admitted', rolloutId: `fw-${i}`, releasedNow: true } as const,
  }));
  // A crash after it was recorded makes it come again.
  for (const { upload, outcome } of [...listed, ...listed]) {
    await hand.uploads.record({ ...upload, metadata: {} }, outcome, hand.now);
  }
  const found: unknown[] = [];
  for (let next: string | undefined = '/api/uploads?limit=1'; next !== undefined && found.length < 3;) {
    const page = (await hand.api.ask(next)).json() as { value: unknown[]; nextLink?: string };
    expect(page.value).toHaveLength(1);
    found.push(...page.value);
    next = page.nextLink;
  }
  expect(found).toEqual(
    listed
      .toReversed()
      .map(({ upload, outcome }) => ({ ...upload, outcome: 'admitted', rollout: outcome.rolloutId })),
  );
});

test('a forecast is told of its upload, and left out of the list', async () => {
  const upload = { path: 'dry-1.0.1.bin', etag: '0x1', size: 9, uploadedAt: '2028-01-01T09:00:00.000Z' };
  const outcome = { kind: 'dry-run', wouldRelease: true, forecast } as const;
  await hand.uploads.record({ ...upload, metadata: {} }, outcome, hand.now);
  expect(await hand.uploads.outcome(upload.path, upload.etag)).toEqual(outcome);
  const page = (await hand.api.ask('/api/uploads?limit=1')).json();
  expect(page['value']).toEqual([{ ...upload, outcome: 'dry-run', wouldRelease: true }]);
});
