import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { admitUpload } from '../../src/shared/firmware/admission.ts';
import { sweepUploads } from '../../src/shared/firmware/sweep.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';

let harness: AdmissionHarness;

beforeAll(async () => {
  harness = await startAdmissionHarness();
});
afterEach(async () => {
  for (const { id } of await configurations()) await harness.registry.removeConfiguration(id);
});
afterAll(() => harness.close());

const configurations = async () => (await harness.registry.getConfigurations()).responseBody;

describe('a condition that the hub would only meet when a later stage opens', () => {
  const refusedBy = async (plan: object, metadata: Record<string, string> = {}) => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'plans/mine.json', Buffer.from(JSON.stringify(plan)));
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'mine', ...metadata });
    const result = await admitUpload(admission, 'fw-1.0.1.bin');
    const outcome = result.kind === 'done' ? result.outcome : undefined;
    expect((await admission.releases.ofDeviceType('IoTDevKit')).releases).toHaveLength(
      outcome?.kind === 'refused' ? 0 : 1,
    );
    expect(await admission.rollouts.list()).toHaveLength(outcome?.kind === 'refused' ? 0 : 1);
    return outcome?.kind === 'refused' ? outcome.refusal : undefined;
  };
  const stages = (second: string) => [{ where: "tags.ring = 'canary'" }, { where: second }, { percent: 100 }];

  test('refuses the upload, with its path in the plan and the words of the hub', async () => {
    const refusal = await refusedBy({ stages: stages("tags.ring == 'early'") });
    expect(refusal?.code).toBe('plan-invalid');
    expect(refusal?.message).toContain('wrong at stages.1.where');
    // What the stand-in says of such a text; the hub has words of its own.
    expect(refusal?.message).toContain('at character');
    expect(await configurations()).toEqual([]);
  });

  test('refuses also a dry run', async () => {
    expect(await refusedBy({ stages: stages('tags.ring == 1') }, { dryrun: 'true' })).toMatchObject({
      code: 'plan-invalid',
    });
  });

  test('is the target itself where the first stage is a share', async () => {
    const plan = { targetCondition: 'tags..x = =', stages: [{ percent: 1 }, { percent: 100 }] };
    expect(await refusedBy(plan)).toMatchObject({ code: 'configuration-rejected' });
  });

  test('is refused also where the hub was away when it came', async () => {
    const { admission, firmware } = await harness.world();
    const plan = { stages: stages('tags.ring == 1') };
    await drop(firmware, 'plans/mine.json', Buffer.from(JSON.stringify(plan)));
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'mine' });
    harness.rest.outage(503);
    await expect(admitUpload(admission, 'fw-1.0.1.bin')).rejects.toMatchObject({ kind: 'unavailable' });
    harness.rest.outage(undefined);
    const { results } = await sweepUploads(admission);
    expect(results).toMatchObject([{ outcome: { kind: 'refused', refusal: { code: 'plan-invalid' } } }]);
  });

  test('costs one question where all are good, and none where creation asks it anyway', async () => {
    const questions = async (plan: object) => {
      const before = harness.hubRequests();
      expect(await refusedBy(plan)).toBeUndefined();
      for (const { id } of await configurations()) await harness.registry.removeConfiguration(id);
      return harness.hubRequests() - before;
    };
    const alone = await questions({ stages: [{ where: "tags.ring = 'canary'" }, { percent: 100 }] });
    expect(await questions({ stages: stages("tags.ring = 'early'") })).toBe(alone + 1);
  });
});

describe('a plan and the metadata of an image', () => {
  const codeOf = async (plan: object, metadata: Record<string, string>) => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'plans/mine.json', Buffer.from(JSON.stringify(plan)));
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'mine', ...metadata });
    const result = await admitUpload(admission, 'fw-1.0.1.bin');
    return result.kind === 'done' && result.outcome.kind === 'refused' ? result.outcome.refusal : undefined;
  };

  test('that are too long together for a configuration are refused before the hub is asked', async () => {
    const plan = { stages: [{ where: `tags.a = '${'x'.repeat(5000)}'` }] };
    const before = harness.hubRequests();
    const refusal = await codeOf(plan, { targetcondition: `tags.b = '${'y'.repeat(3000)}'` });
    expect(harness.hubRequests()).toBe(before);
    expect(refusal?.code).toBe('target-condition-invalid');
    expect(refusal?.message).toContain('at most 7000 fit into a configuration');
  });

  test('that have too many labels together are refused', async () => {
    const some = (name: string) =>
      Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${name}${i}`, 'x']));
    const refusal = await codeOf({ labels: some('a') }, some('label_b'));
    expect(refusal?.code).toBe('label-invalid');
    expect(refusal?.message).toContain('there are 24 labels, at most 20 are taken');
  });
});
