import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type Admission, admitUpload } from '../../src/shared/firmware/admission.ts';
import { control } from '../../src/shared/rollout/control.ts';
import { FleetQueries } from '../../src/shared/rollout/fleet-queries.ts';
import { HubConfigurations } from '../../src/shared/rollout/hub-configurations.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';

let harness: AdmissionHarness;

beforeAll(async () => {
  harness = await startAdmissionHarness(standardLimits);
});
afterAll(() => harness.close());
afterEach(async () => {
  const { responseBody } = await harness.registry.getConfigurations();
  for (const { id } of responseBody) await harness.registry.removeConfiguration(id);
});

const onHub = async () => (await harness.registry.getConfiguration(ROLLOUT)).responseBody;

describe('a rollout that a person ends while it starts', () => {
  /** Admission in which something happens just before the configuration is created, or just after. */
  function interrupted(
    admission: Admission,
    at: 'before' | 'after',
    what: () => Promise<unknown>,
  ): Admission {
    const configurations = new HubConfigurations(async () => harness.registry);
    const ensure = configurations.ensure.bind(configurations);
    configurations.ensure = async (configuration) => {
      if (at === 'before') await what();
      await ensure(configuration);
      if (at === 'after') await what();
    };
    return { ...admission, configurations };
  }

  const stop = async (admission: Admission) =>
    control({ ...admission, fleet: new FleetQueries(async () => harness.registry) }, ROLLOUT, {
      action: 'stop',
      actor: 'operator',
      reason: 'Wrong image',
      ifRevision: undefined,
    });

  test.each(['before', 'after'] as const)('%s its configuration is there offers to nobody', async (at) => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    await admitUpload(
      interrupted(admission, at, () => stop(admission)),
      'fw-1.0.1.bin',
    );
    expect((await onHub()).targetCondition).toBe('');
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({
      state: 'stopped',
      revision: 1,
      appliedRevision: 1,
    });
  });

  test('does so too where admission dies with the configuration open, once it is repeated', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    const rollouts = killedAtActivation(admission.rollouts);
    const dying = { ...interrupted(admission, 'before', () => stop(admission)), rollouts };
    await expect(admitUpload(dying, 'fw-1.0.1.bin')).rejects.toThrow('killed');
    expect((await onHub()).targetCondition).toBe('*');
    await admitUpload(admission, 'fw-1.0.1.bin');
    expect((await onHub()).targetCondition).toBe('');
  });

  function killedAtActivation(rollouts: Admission['rollouts']): Admission['rollouts'] {
    return new Proxy(rollouts, {
      get: (target, name) => {
        if (name === 'activate') throw new Error('killed');
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  test('is told of by the timer where admission cannot reach the hub any more', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    const cut = interrupted(admission, 'before', () => stop(admission));
    cut.configurations.retarget = async () => {
      throw new Error('killed');
    };
    await expect(admitUpload(cut, 'fw-1.0.1.bin')).rejects.toThrow('killed');
    // The judge tells the hub of every rollout whose newest revision it has not heard of.
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ revision: 1, appliedRevision: -1 });
  });

  test('counts as not told where its configuration comes while the hub is asked for it', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    const asked = withResolvers();
    const admitted = withResolvers();
    const slow = new HubConfigurations(async () => harness.registry);
    slow.retarget = async (id, decide) => {
      const outcome = await admission.configurations.retarget(id, decide);
      asked.resolve();
      await admitted.promise;
      return outcome;
    };
    let stopping: Promise<unknown> = Promise.resolve();
    const cut = interrupted(admission, 'before', async () => {
      stopping = stop({ ...admission, configurations: slow });
      await asked.promise;
    });
    cut.configurations.retarget = async () => {
      throw new Error('killed');
    };
    await expect(admitUpload(cut, 'fw-1.0.1.bin')).rejects.toThrow('killed');
    admitted.resolve();
    await stopping;
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'stopped', appliedRevision: -1 });
  });

  /** `Promise.withResolvers`, which Node 20 does not have. */
  function withResolvers(): { promise: Promise<void>; resolve: () => void } {
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    return { promise, resolve };
  }

  test('and retires leaves no configuration behind', async () => {
    const { admission, firmware } = await harness.world();
    await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'));
    const retire = async () => {
      await stop(admission);
      const fleet = new FleetQueries(async () => harness.registry);
      const cause = { actor: 'operator', reason: 'Wrong image', ifRevision: undefined };
      await control({ ...admission, fleet }, ROLLOUT, { action: 'retire', ...cause });
    };
    await admitUpload(interrupted(admission, 'before', retire), 'fw-1.0.1.bin');
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'retired' });
    expect(await admission.configurations.get(ROLLOUT)).toBeUndefined();
  });
});
