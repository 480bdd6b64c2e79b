import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type Admission, admitUpload } from '../../src/shared/firmware/admission.ts';
import { deviceProfile } from '../../src/shared/firmware/device-profile.ts';
import { revert } from '../../src/shared/rollout/revert.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';
import { post, steeringApi } from './steering-at-hand.ts';

const BAD = '/rollouts/fw-iotdevkit-1-0-2';
const why = { reason: 'Loses its Wi-Fi' };

let harness: AdmissionHarness;

beforeAll(async () => {
  harness = await startAdmissionHarness(standardLimits);
});
afterAll(() => harness.close());
afterEach(async () => {
  const { responseBody } = await harness.registry.getConfigurations();
  for (const { id } of responseBody) await harness.registry.removeConfiguration(id);
});

/** An image that was built with the next version as a text in it, so that it can be published as both. */
function imageOf(version: string, ...alsoHolds: string[]): Buffer {
  const bytes = image(version, Number(version.at(-1)));
  for (const [i, text] of alsoHolds.entries()) bytes.write(`\0${text}\0`, 2048 + 64 * i, 'latin1');
  return bytes;
}

/** 1.0.1, and after it 1.0.2, which is bad. */
async function released(first: Buffer, metadata: Record<string, string> = {}, policy = {}) {
  const world = await harness.world();
  const admission: Admission = { ...world.admission, policy: { ...world.admission.policy, ...policy } };
  await drop(world.firmware, 'fw-1.0.1.bin', first, metadata);
  await drop(world.firmware, 'fw-1.0.2.bin', imageOf('1.0.2'), metadata);
  for (const path of ['fw-1.0.1.bin', 'fw-1.0.2.bin']) await admitUpload(admission, path);
  return { ...world, admission, api: steeringApi(harness, admission) };
}

const conditionOf = async (id: string) =>
  (await harness.registry.getConfiguration(id)).responseBody.targetCondition;

/** Nothing was released, dropped or stopped. */
async function expectUntouched({ admission }: { admission: Admission }) {
  expect((await admission.rollouts.list()).map(({ version, state }) => [version, state])).toEqual([
    ['1.0.2', 'running'],
    ['1.0.1', 'running'],
  ]);
  const { releases } = await admission.releases.ofDeviceType('IoTDevKit');
  expect(releases.map(({ version }) => version)).toEqual(['1.0.2', '1.0.1']);
  expect(await admission.dropBox.describe('reverts/IoTDevKit-1.0.3.bin')).toBeUndefined();
}

describe('a revert of DevKits', () => {
  test('publishes the bytes of the release before under the higher version, and stops the bad one', async () => {
    const { api, admission } = await released(imageOf('1.0.1', '1.0.3'));
    const answer = await post(api, `${BAD}/revert`, { ...why, version: '1.0.3' });
    expect(answer).toMatchObject({
      status: 200,
      id: 'fw-iotdevkit-1-0-3',
      version: '1.0.3',
      state: 'running',
      release: { source: { path: 'reverts/IoTDevKit-1.0.3.bin' } },
    });
    const before = await admission.releases.get('IoTDevKit', '1.0.1');
    const now = await admission.releases.get('IoTDevKit', '1.0.3');
    expect(now).toMatchObject({ sha256: before?.sha256, crc16: before?.crc16, size: before?.size });
    expect(await conditionOf('fw-iotdevkit-1-0-3')).toBe('*');
    expect(await conditionOf('fw-iotdevkit-1-0-2')).toBe('');
    const journal = await admission.rollouts.journal('fw-iotdevkit-1-0-2');
    expect(journal.at(-1)).toMatchObject({
      action: 'reverted',
      actor: 'function key',
      reason: why.reason,
      state: 'stopped',
      inputs: { to: 'fw-iotdevkit-1-0-3', version: '1.0.3' },
    });
  });

  test('keeps the target, the plan and the priority that the bad one has by now', async () => {
    const targetcondition = "tags.ring = 'canary'";
    const { api } = await released(imageOf('1.0.1', '1.0.3'), { targetcondition });
    await post(api, `${BAD}/retarget`, { ...why, priority: 30, targetCondition: "tags.ring = 'field'" });
    expect(await post(api, `${BAD}/revert`, { ...why, version: '1.0.3' })).toMatchObject({
      plan: 'all-at-once',
      priority: 30,
      targetCondition: "tags.ring = 'field'",
    });
  });

  test('is possible too after the bad rollout was stopped', async () => {
    const { api } = await released(imageOf('1.0.1', '1.0.3'));
    await post(api, `${BAD}/stop`, why);
    expect(await post(api, `${BAD}/revert`, { ...why, version: '1.0.3' })).toMatchObject({ status: 200 });
  });

  test('needs a version', async () => {
    const world = await released(imageOf('1.0.1', '1.0.3'));
    const answer = await post(world.api, `${BAD}/revert`, why);
    expect(answer).toMatchObject({ status: 400, errors: [{ pointer: '#/version' }] });
    await expectUntouched(world);
  });

  test.each([
    ['1.0.3', 'does not hold the text "1.0.3"', 'Build the code of 1.0.1 with a version above 1.0.2'],
    ['1.0.2', 'Devices that run 1.0.2 ignore 1.0.2', 'Send a version above 1.0.2.'],
    ['1.0.1', 'Devices that run 1.0.2 ignore 1.0.1', 'Send a version above 1.0.2.'],
  ])('to %s that cannot work is refused with the way out', async (version, reason, wayOut) => {
    const world = await released(imageOf('1.0.1'));
    const answer = await post(world.api, `${BAD}/revert`, { ...why, version });
    expect(answer).toMatchObject({ status: 409, type: 'urn:firmware-ota:problem:conflict' });
    expect(answer['detail']).toContain(reason);
    expect(answer['detail']).toContain(wayOut);
    await expectUntouched(world);
  });

  test('of the first release is refused', async () => {
    const world = await released(imageOf('1.0.1', '1.0.3'));
    const answer = await post(world.api, '/rollouts/fw-iotdevkit-1-0-1/revert', { ...why, version: '1.0.3' });
    expect(answer['detail']).toContain('There is no release before 1.0.1');
    await expectUntouched(world);
  });

  test('to bytes that somebody has changed is refused', async () => {
    const world = await released(imageOf('1.0.1', '1.0.3'));
    const before = await world.admission.releases.get('IoTDevKit', '1.0.1');
    await world.releases.getBlockBlobClient(before?.blobPath ?? '').uploadData(image('1.0.1', 9));
    const answer = await post(world.api, `${BAD}/revert`, { ...why, version: '1.0.3' });
    expect(answer['detail']).toContain('was removed or changed by hand');
    await expectUntouched(world);
  });

  test('that a crash cut off is finished by the same request', async () => {
    const { api, admission } = await released(imageOf('1.0.1', '1.0.3'));
    const dying = new Proxy(admission.rollouts, {
      get: (target, name) => {
        if (name === 'transition') throw new Error('killed');
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const request = { actor: 'operator', ...why, ifRevision: undefined, version: '1.0.3' };
    await expect(revert({ ...admission, rollouts: dying }, 'fw-iotdevkit-1-0-2', request)).rejects.toThrow(
      'killed',
    );
    expect(await conditionOf('fw-iotdevkit-1-0-2')).toBe('*');
    expect(await post(api, `${BAD}/revert`, { ...why, version: '1.0.3' })).toMatchObject({ status: 200 });
    expect(await conditionOf('fw-iotdevkit-1-0-2')).toBe('');
    const { releases } = await admission.releases.ofDeviceType('IoTDevKit');
    expect(releases.map(({ version }) => version)).toEqual(['1.0.3', '1.0.2', '1.0.1']);
  });

  test('twice at once releases once', async () => {
    const { api, admission } = await released(imageOf('1.0.1', '1.0.3'));
    const answers = await Promise.all(
      [1, 2].map(() => post(api, `${BAD}/revert`, { ...why, version: '1.0.3' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(({ id }) => id)).toEqual(['fw-iotdevkit-1-0-3', 'fw-iotdevkit-1-0-3']);
    expect((await admission.rollouts.list()).map(({ version }) => version)).toEqual([
      '1.0.3',
      '1.0.2',
      '1.0.1',
    ]);
  });
});

describe('a revert of devices that take a lower version', () => {
  const generic = { profileOf: () => deviceProfile('generic') };

  test('lets the configuration of the rollout before apply again', async () => {
    const { api, admission } = await released(imageOf('1.0.1'), {}, generic);
    expect(await post(api, `${BAD}/revert`, why)).toMatchObject({ status: 200, id: 'fw-iotdevkit-1-0-1' });
    expect(await conditionOf('fw-iotdevkit-1-0-2')).toBe('');
    expect(await conditionOf('fw-iotdevkit-1-0-1')).toBe('*');
    const { releases } = await admission.releases.ofDeviceType('IoTDevKit');
    expect(releases).toHaveLength(2);
  });

  test('publishes again where that one is not open any more', async () => {
    const { api } = await released(imageOf('1.0.1'), {}, generic);
    await post(api, '/rollouts/fw-iotdevkit-1-0-1/stop', why);
    const refused = await post(api, `${BAD}/revert`, why);
    expect(refused).toMatchObject({ status: 409 });
    expect(refused['detail']).toContain('Send a version above 1.0.2');
    expect(await post(api, `${BAD}/revert`, { ...why, version: '1.0.3' })).toMatchObject({
      status: 200,
      version: '1.0.3',
    });
  });
});
