import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fullFlashImage } from '../../local/devkit/firmware-image.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type Admission, admitUpload } from '../../src/shared/firmware/admission.ts';
import { checksumsOf } from '../../src/shared/firmware/checksums.ts';
import { sweepUploads } from '../../src/shared/firmware/sweep.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';

let harness: AdmissionHarness;

beforeAll(async () => {
  harness = await startAdmissionHarness({ ...standardLimits, configurations: 3 });
});
afterEach(async () => {
  harness.rest.outage(undefined);
  const { responseBody } = await harness.registry.getConfigurations();
  for (const { id } of responseBody) await harness.registry.removeConfiguration(id);
});
afterAll(() => harness.close());

async function outcomeOf(admission: Admission, path: string) {
  const result = await admitUpload(admission, path);
  if (result.kind === 'gone') throw new Error(`${path} is gone`);
  return result.outcome;
}

async function codeOf(admission: Admission, path: string) {
  const outcome = await outcomeOf(admission, path);
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

const configurations = async () => (await harness.registry.getConfigurations()).responseBody;

describe('an admitted upload', () => {
  test('becomes released bytes, a release, a rollout, a configuration and tags', async () => {
    const { admission, firmware, releases } = await harness.world();
    const bytes = image('1.0.1');
    const { size, crc16, sha256 } = checksumsOf(bytes);
    await drop(firmware, 'FirmwareOTA-1.0.1.bin', bytes, {
      targetcondition: "tags.environment='test'",
      priority: '12',
    });

    expect(await outcomeOf(admission, 'FirmwareOTA-1.0.1.bin')).toEqual({
      kind: 'admitted',
      rolloutId: 'fw-iotdevkit-1-0-1',
      releasedNow: true,
    });

    const path = `IoTDevKit/1.0.1-${sha256.slice(0, 12)}.bin`;
    expect((await releases.getBlobClient(path).downloadToBuffer()).equals(bytes)).toBe(true);
    expect(await admission.releases.get('iotdevkit', '1.0.1')).toMatchObject({
      size,
      crc16,
      sha256,
      blobPath: path,
    });
    expect(await admission.rollouts.get('fw-iotdevkit-1-0-1')).toMatchObject({
      state: 'running',
      priority: 12,
    });
    const [configuration] = await configurations();
    expect(configuration).toMatchObject({
      id: 'fw-iotdevkit-1-0-1',
      targetCondition: "tags.environment='test'",
      priority: 12,
      content: {
        deviceContent: {
          'properties.desired.firmware': {
            fwVersion: '1.0.1',
            fwPackageURI: `https://downloads.example.com/releases/${path}`,
            fwPackageCheckValue: `0x${crc16.toString(16).padStart(4, '0')}`,
            fwSize: size,
          },
        },
      },
    });
    const { tags } = await firmware.getBlobClient('FirmwareOTA-1.0.1.bin').getTags();
    expect(tags).toEqual({ otaOutcome: 'admitted', otaRollout: 'fw-iotdevkit-1-0-1' });
  });

  test('changes nothing where it is dropped again, under the same or another name', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'a-1.0.bin', image('1.0'));
    await outcomeOf(admission, 'a-1.0.bin');
    const [before] = await configurations();
    await drop(firmware, 'a-1.0.bin', image('1.0'));
    await drop(firmware, 'b-1.0.bin', image('1.0'));
    const again = { kind: 'admitted', rolloutId: 'fw-iotdevkit-1-0', releasedNow: false };
    expect(await outcomeOf(admission, 'a-1.0.bin')).toEqual(again);
    expect(await outcomeOf(admission, 'b-1.0.bin')).toEqual(again);
    expect(await configurations()).toEqual([before]);
  });

  test('keeps the tags that a person has set', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'a-1.0.bin', image('1.0'));
    await firmware.getBlobClient('a-1.0.bin').setTags({ team: 'blue' });
    await outcomeOf(admission, 'a-1.0.bin');
    expect((await firmware.getBlobClient('a-1.0.bin').getTags()).tags).toMatchObject({
      team: 'blue',
      otaOutcome: 'admitted',
    });
  });

  test('loses what an earlier refusal said of it', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'a-1.0.bin', image('1.0'), { plan: 'mine' });
    await outcomeOf(admission, 'a-1.0.bin');
    // A person corrects the metadata: another etag, and the tags stay.
    await firmware.getBlobClient('a-1.0.bin').setMetadata({});
    await outcomeOf(admission, 'a-1.0.bin');
    const { tags } = await firmware.getBlobClient('a-1.0.bin').getTags();
    expect(tags).toEqual({ otaOutcome: 'admitted', otaRollout: 'fw-iotdevkit-1-0' });
  });

  test('is the higher of two that arrive at once, or both in their order', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    await drop(firmware, 'fw-1.0.2.bin', image('1.0.2'));
    const codes = await Promise.all(['fw-1.0.1.bin', 'fw-1.0.2.bin'].map((path) => codeOf(admission, path)));
    expect(codes[1]).toBe('admitted');
    expect(['admitted', 'version-not-higher']).toContain(codes[0]);
    expect(await configurations()).toHaveLength(codes.filter((code) => code === 'admitted').length);
  });

  test('is admitted once where trigger and sweep run at the same time', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    const results = await Promise.all(Array.from({ length: 6 }, () => codeOf(admission, 'fw-1.0.1.bin')));
    expect(new Set(results)).toEqual(new Set(['admitted']));
    expect(await configurations()).toHaveLength(1);
    expect((await admission.releases.ofDeviceType('IoTDevKit')).releases).toHaveLength(1);
  });
});

describe('a refused upload', () => {
  test.each([
    ['without a version', 'firmware.bin', image('1.0.1'), {}, 'version-missing'],
    ['that is a full-flash image', 'fw-1.0.1.bin', fullFlashImage(image('1.0.1')), {}, 'image-full-flash'],
    ['compiled with another version', 'fw-1.0.2.bin', image('1.0.1'), {}, 'image-without-version'],
    ['that is too large', 'fw-1.0.1.bin', Buffer.alloc(999_425, 1), {}, 'image-too-large'],
    ['that is empty', 'fw-1.0.1.bin', Buffer.alloc(0), {}, 'image-empty'],
    [
      'with a target that the hub rejects',
      'fw-1.0.1.bin',
      image('1.0.1'),
      { targetcondition: 'tags..x = =' },
      'configuration-rejected',
    ],
  ])('%s is recorded, listed and tagged', async (_name, path, bytes, metadata, code) => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, path, bytes, metadata);
    expect(await codeOf(admission, path)).toBe(code);
    // Its outcome is final: the same event again gives the same.
    expect(await codeOf(admission, path)).toBe(code);
    const { items } = await admission.uploads.refusals(10, undefined);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ path, code, size: bytes.length });
    const { tags } = await firmware.getBlobClient(path).getTags();
    expect(tags).toMatchObject({ otaOutcome: 'refused', otaCode: code });
    expect(tags['otaReason']?.length).toBeGreaterThan(20);
    expect(await configurations()).toEqual([]);
    expect((await admission.releases.ofDeviceType('IoTDevKit')).releases).toEqual([]);
    expect(await admission.rollouts.list()).toEqual([]);
  });

  test.each([
    ['that is not there', undefined, 'plan-missing', 'plans/mine.json'],
    ['that is no JSON', '{', 'plan-invalid', 'no JSON'],
    ['with a wrong member', '{"stages":[{"percent":50},{"percent":10}]}', 'plan-invalid', 'stages.1.percent'],
  ])('names a plan %s, and the reason tells where', async (_name, plan, code, words) => {
    const { admission, firmware } = await harness.world();
    if (plan !== undefined) await drop(firmware, 'plans/mine.json', Buffer.from(plan));
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'mine' });
    const outcome = await outcomeOf(admission, 'fw-1.0.1.bin');
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code } });
    expect(JSON.stringify(outcome)).toContain(words);
    expect(await configurations()).toEqual([]);
  });

  test('with the version of another image, or a lower one, leaves what is released', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.2.bin', image('1.0.2'));
    await drop(firmware, 'other-1.0.2.bin', image('1.0.2', 2));
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    expect(await codeOf(admission, 'fw-1.0.2.bin')).toBe('admitted');
    expect(await codeOf(admission, 'other-1.0.2.bin')).toBe('version-released-with-other-bytes');
    expect(await codeOf(admission, 'fw-1.0.1.bin')).toBe('version-not-higher');
    expect(await configurations()).toHaveLength(1);
  });

  test('at the quota of configurations says so in the words of the hub, and can be dropped again later', async () => {
    const { admission, firmware } = await harness.world();
    for (const id of ['one', 'two', 'three']) {
      await harness.registry.addConfiguration({
        id,
        schemaVersion: '1.0',
        targetCondition: '',
        content: { deviceContent: { 'properties.desired.other': 1 } },
      });
    }
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    const outcome = await outcomeOf(admission, 'fw-1.0.1.bin');
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'configuration-quota-exceeded' } });
    expect(JSON.stringify(outcome)).toContain('ConfigurationCountLimitExceeded');

    await harness.registry.removeConfiguration('one');
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    expect(await codeOf(admission, 'fw-1.0.1.bin')).toBe('admitted');
  });

  test('whose configuration id a person has used is a conflict', async () => {
    const { admission, firmware } = await harness.world();
    const byHand = {
      id: 'fw-iotdevkit-1-0-1',
      schemaVersion: '1.0',
      targetCondition: '*',
      content: { deviceContent: { 'properties.desired.x': 1 } },
    };
    await harness.registry.addConfiguration(byHand);
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    expect(await codeOf(admission, 'fw-1.0.1.bin')).toBe('configuration-conflict');
    expect((await configurations())[0]?.content).toEqual(byHand.content);
  });
});

describe('a hub that is away', () => {
  test.each([503, 429, 500, 'refuse'] as const)(
    '(%s) fails the run, and a later sweep finishes it',
    async (outage) => {
      const { admission, firmware } = await harness.world();
      await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
      harness.rest.outage(outage);
      await expect(admitUpload(admission, 'fw-1.0.1.bin')).rejects.toMatchObject({ name: 'HubError' });
      expect(await admission.uploads.refusals(10, undefined)).toMatchObject({ items: [] });

      harness.rest.outage(undefined);
      const report = await sweepUploads(admission);
      expect(report).toMatchObject({
        images: 1,
        failures: [],
        results: [{ outcome: { kind: 'admitted', releasedNow: true } }],
      });
      expect(await configurations()).toHaveLength(1);
      expect(await sweepUploads(admission)).toEqual({ images: 1, failures: [], results: [] });
    },
  );
});

test('a staged rollout offers its image to nobody before the judge opens a stage', async () => {
  const { admission, firmware } = await harness.world();
  await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'careful', targetcondition: "tags.site='a'" });
  expect(await codeOf(admission, 'fw-1.0.1.bin')).toBe('admitted');
  expect((await configurations())[0]).toMatchObject({ id: 'fw-iotdevkit-1-0-1', targetCondition: '' });
  const rollout = await admission.rollouts.get('fw-iotdevkit-1-0-1');
  expect(rollout).toMatchObject({
    state: 'running',
    stage: -1,
    planName: 'careful',
    plan: { targetCondition: "tags.site='a'" },
  });
});

test('a rollout keeps the plan that it started with', async () => {
  const { admission, firmware } = await harness.world();
  const plan = { priority: 7, stages: [{ percent: 100 }] };
  await drop(firmware, 'plans/mine.json', Buffer.from(JSON.stringify(plan)));
  await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'mine' });
  await outcomeOf(admission, 'fw-1.0.1.bin');
  await drop(firmware, 'plans/mine.json', Buffer.from(JSON.stringify({ ...plan, priority: 9 })));
  expect(await admission.rollouts.get('fw-iotdevkit-1-0-1')).toMatchObject({
    priority: 7,
    plan: { priority: 7 },
  });
});

test('a dry run checks, says what would happen, and releases nothing', async () => {
  const { admission, firmware, releases } = await harness.world();
  await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { dryrun: 'true' });
  const outcome = await outcomeOf(admission, 'fw-1.0.1.bin');
  expect(outcome).toMatchObject({
    kind: 'dry-run',
    wouldRelease: true,
    forecast: { version: '1.0.1', plan: 'all-at-once', targetCondition: '*', matching: 0, unreached: [] },
  });
  // It is kept as it was told.
  expect(await outcomeOf(admission, 'fw-1.0.1.bin')).toEqual(outcome);
  expect((await firmware.getBlobClient('fw-1.0.1.bin').getTags()).tags).toMatchObject({
    otaOutcome: 'dry-run',
  });
  expect(await admission.rollouts.list()).toEqual([]);
  expect((await releases.listBlobsFlat().next()).done).toBe(true);
  expect(await configurations()).toEqual([]);
});

test('an upload that is gone by now is nothing to do', async () => {
  const { admission } = await harness.world();
  expect(await admitUpload(admission, 'fw-1.0.1.bin')).toEqual({ kind: 'gone' });
});

test('a sweep takes images only, and one that fails does not stop the others', async () => {
  const { admission, firmware } = await harness.world();
  await drop(firmware, 'notes.txt', Buffer.from('x'));
  await drop(firmware, 'a.bin', Buffer.from('x'));
  await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
  harness.rest.outage(503);
  const report = await sweepUploads(admission);
  expect(report.images).toBe(2);
  expect(report.failures.map(({ path }) => path)).toEqual(['fw-1.0.1.bin']);
  expect(report.results).toMatchObject([
    { outcome: { kind: 'refused', refusal: { code: 'version-missing' } } },
  ]);
});
