import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { admitUpload } from '../../src/shared/firmware/admission.ts';
import { bucketOf } from '../../src/shared/rollout/bucket.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';
import { post, type SteeringOptions, steeringApi } from './steering-at-hand.ts';

const DEVICES = 40;

interface Forecast {
  readonly matching: number;
  readonly firstStage?: { readonly name: string; readonly devices: number };
  readonly unreached: readonly {
    readonly deviceId: string;
    readonly reason: string;
    readonly detail: string;
  }[];
  readonly configurations: { readonly onHub: number; readonly quota: number };
  readonly messages: { readonly expected: number; readonly daily: number };
  readonly warnings: readonly string[];
}

let harness: AdmissionHarness;

beforeAll(async () => {
  harness = await startAdmissionHarness(standardLimits);
  for (let i = 0; i < DEVICES; i++) {
    const id = `device-${i}`;
    harness.hub.devices.create(id, { deviceId: id });
    // Two have no tag, two are of another type, two run the version already, one runs a higher one.
    const tags = { site: i < 4 ? 'a' : 'b', ...(i !== 0 && i !== 1 && { ota: { bucket: bucketOf(id) } }) };
    harness.hub.twins.update(id, { tags }, '*');
    const type = i === 2 || i === 3 ? 'Thermostat' : 'IoTDevKit';
    const currentFwVersion = { 4: '1.0.1', 5: '1.0.1.0', 6: '1.0.2' }[i] ?? '1.0.0';
    harness.hub.twins.report(id, { firmware: { type, currentFwVersion } });
  }
});
afterAll(() => harness.close());
afterEach(async () => {
  const { responseBody } = await harness.registry.getConfigurations();
  for (const { id } of responseBody) await harness.registry.removeConfiguration(id);
});

async function world(options: SteeringOptions = {}) {
  const { admission, firmware, releases } = await harness.world();
  return { admission, firmware, releases, api: steeringApi(harness, admission, options) };
}

const PATH = 'fw-1.0.1.bin';
const ask = async ({ api }: Awaited<ReturnType<typeof world>>, path = PATH) =>
  post(api, '/rollouts/dry-run', { path });

/** A configuration by another hand, for the same section of the twin. */
async function configure(id: string, priority: number, targetCondition: string, section = 'firmware') {
  const content = { deviceContent: { [`properties.desired.${section}`]: { fwVersion: '0.9' } } };
  await harness.registry.addConfiguration({ id, schemaVersion: '1.0', content, priority, targetCondition });
}

test('says whom a staged rollout would reach, and a sample of whom not and why', async () => {
  const here = await world();
  await configure('by-hand', 50, "tags.site = 'a' AND deviceId = 'device-3'");
  await configure('elsewhere', 60, '*', 'display');
  await drop(here.firmware, PATH, image('1.0.1'), { plan: 'careful' });
  const before = harness.hubRequests();
  const answer = await ask(here);
  // One unit of S1 takes 20 queries a minute, and the timer needs some as well.
  expect(harness.hubRequests() - before).toBeLessThanOrEqual(8);
  expect(answer).toMatchObject({
    status: 200,
    outcome: 'admitted',
    forecast: { version: '1.0.1', plan: 'careful', priority: 10, targetCondition: '*', matching: DEVICES },
  });
  const { unreached, firstStage, messages } = answer['forecast'] as Forecast;
  expect(firstStage?.name).toBe('0.1 %');
  expect(firstStage?.devices).toBeGreaterThanOrEqual(5);
  expect(firstStage?.devices).toBeLessThan(DEVICES);
  expect(messages).toEqual({ expected: 280, daily: 50 });
  expect(unreached.map(({ deviceId, reason }) => `${deviceId} ${reason}`).toSorted()).toEqual([
    'device-0 no-bucket-tag',
    'device-1 no-bucket-tag',
    'device-2 other-device-type',
    'device-3 other-device-type',
    'device-4 version-not-lower',
    'device-5 version-not-lower',
    'device-6 version-not-lower',
  ]);
});

test('names the configuration that wins, and looks at no more devices than a sample holds', async () => {
  const here = await world();
  await configure('by-hand', 50, "tags.site = 'b'");
  await configure('by-hand-too', 40, "tags.site = 'a'");
  await drop(here.firmware, PATH, image('1.0.1'));
  const before = harness.hubRequests();
  const { unreached, warnings } = (await ask(here))['forecast'] as Forecast;
  expect(harness.hubRequests() - before).toBe(5);
  const outranked = unreached.filter(({ reason }) => reason === 'higher-priority-configuration');
  expect(outranked.length).toBeGreaterThan(0);
  expect(unreached.length).toBeLessThanOrEqual(20);
  expect(new Set(unreached.map(({ deviceId }) => deviceId)).size).toBe(unreached.length);
  expect(outranked[0]?.detail).toContain('by-hand has the priority 50');
  expect(warnings.join()).toContain('costs about 280 messages, and the hub takes 50 a day');
});

test('asks within the target condition only', async () => {
  const here = await world();
  await drop(here.firmware, PATH, image('1.0.1'), { targetcondition: "tags.site = 'a'" });
  const { matching, unreached } = (await ask(here))['forecast'] as Forecast;
  expect(matching).toBe(4);
  expect(unreached.map(({ deviceId }) => deviceId).toSorted()).toEqual(['device-2', 'device-3']);
});

test('has room in its queries beside the longest target condition', async () => {
  const here = await world();
  const words = "tags.site = 'a' OR tags.site = ''";
  const targetCondition = words.replace("''", `'${'x'.repeat(7000 - words.length)}'`);
  const plan = { targetCondition, stages: [{ percent: 100 }] };
  await configure('by-hand', 50, "tags.site = 'a' AND deviceId = 'device-1'");
  await drop(here.firmware, 'plans/long.json', Buffer.from(JSON.stringify(plan)));
  await drop(here.firmware, PATH, image('1.0.1'), { plan: 'long' });
  const { matching, unreached } = (await ask(here))['forecast'] as Forecast;
  expect(matching).toBe(4);
  expect(unreached.map(({ deviceId }) => deviceId).toSorted()).toEqual(['device-1', 'device-2', 'device-3']);
});

test('warns from 80 % of the quota, and where the hub would refuse', async () => {
  const here = await world();
  await drop(here.firmware, PATH, image('1.0.1'));
  const warningsWith = async (count: number) => {
    for (let i = 0; i < count; i++)
      await harness.registry.removeConfiguration(`c${i}`).catch(() => undefined);
    for (let i = 0; i < count; i++) await configure(`c${i}`, 1, '', 'display');
    return ((await ask(here))['forecast'] as Forecast).warnings.filter((text) =>
      text.includes('configurations'),
    );
  };
  // Of five: the rollout's own one is counted in.
  expect(await warningsWith(2)).toEqual([]);
  expect(await warningsWith(3)).toEqual([expect.stringContaining('4 of the 5 configurations')]);
  expect(await warningsWith(5)).toEqual([
    expect.stringContaining('holds 5 configurations and takes no further'),
  ]);
});

test('cannot count the first stage before the tags are written, and says so', async () => {
  const { admission, firmware } = await harness.world();
  const untagged = { ...admission, tags: { isComplete: async () => false } };
  const here = { ...(await world()), firmware, api: steeringApi(harness, untagged) };
  await drop(here.firmware, PATH, image('1.0.1'), { plan: 'careful' });
  const forecast = (await ask(here))['forecast'] as Forecast;
  expect(forecast.firstStage).toBeUndefined();
  expect(forecast.warnings.join()).toContain('after the service has written the bucket tags');
});

test('gives the refusals of admission, the hub’s words about a condition among them', async () => {
  const here = await world();
  await drop(here.firmware, PATH, image('1.0.2'), { fwversion: '1.0.1' });
  expect(await ask(here)).toMatchObject({ outcome: 'refused', refusal: { code: 'image-without-version' } });
  await drop(here.firmware, PATH, image('1.0.1'), { targetcondition: 'tags.site ==== 1' });
  const answer = await ask(here);
  expect(answer).toMatchObject({ outcome: 'refused', refusal: { code: 'configuration-rejected' } });
  expect(answer['forecast']).toBeUndefined();
});

test('knows what is released', async () => {
  const here = await world();
  await drop(here.firmware, PATH, image('1.0.1'));
  await admitUpload(here.admission, PATH);
  expect(await ask(here)).toMatchObject({ outcome: 'already-released' });
  await drop(here.firmware, 'again-1.0.1.bin', image('1.0.1', 2));
  expect(await ask(here, 'again-1.0.1.bin')).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'version-released-with-other-bytes' },
  });
});

test('tells the same to an upload with the metadata dryrun, and keeps it', async () => {
  const here = await world();
  await drop(here.firmware, PATH, image('1.0.1'), { plan: 'careful', dryrun: 'true' });
  const { forecast } = await ask(here);
  await admitUpload(here.admission, PATH);
  const answer = (await here.api.ask(`/api/uploads/${PATH}`)).json();
  expect(answer).toMatchObject({ outcome: 'dry-run', wouldRelease: true });
  expect(answer['forecast']).toEqual(forecast);
  expect((forecast as Forecast).unreached.length).toBeGreaterThan(0);
});

test('writes nothing', async () => {
  const here = await world();
  await drop(here.firmware, PATH, image('1.0.1'), { dryrun: 'true' });
  const before = await here.admission.dropBox.describe(PATH);
  expect(await ask(here)).toMatchObject({ outcome: 'admitted' });
  expect((await harness.registry.getConfigurations()).responseBody).toEqual([]);
  expect(await here.admission.rollouts.list()).toEqual([]);
  expect((await here.admission.releases.ofDeviceType('IoTDevKit')).releases).toEqual([]);
  for await (const blob of here.releases.listBlobsFlat()) expect(blob.name).toBeUndefined();
  expect(await here.admission.dropBox.describe(PATH)).toEqual(before);
  expect((await here.firmware.getBlobClient(PATH).getTags()).tags).toEqual({});
});

test('is only of images that are there, and needs the hub', async () => {
  const here = await world();
  expect(await ask(here)).toMatchObject({ status: 404 });
  expect(await ask(here, 'plans/careful.json')).toMatchObject({ status: 400 });
  const away = await world({ hubIsDown: true });
  await drop(away.firmware, PATH, image('1.0.1'));
  expect(await ask(away)).toMatchObject({ status: 503 });
});
