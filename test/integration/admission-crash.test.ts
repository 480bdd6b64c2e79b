import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type Admission, admitUpload } from '../../src/shared/firmware/admission.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';

/** What a killed process looks like from inside: nothing after this point happens. */
class Crash extends Error {}

type Part = Exclude<keyof Admission, 'now' | 'policy'>;
const PARTS: readonly Part[] = [
  'dropBox',
  'releaseBlobs',
  'releases',
  'rollouts',
  'configurations',
  'uploads',
];

/** The same parts, but the process is killed before or after their `at`th call. */
function crashing(
  admission: Admission,
  at: number,
  when: 'before' | 'after',
): { parts: Admission; calls: () => number } {
  let calls = 0;
  const wrap = (part: object): object => {
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(part)).filter(
      (name) => name !== 'constructor',
    );
    return Object.fromEntries(
      methods.map((name) => [
        name,
        async (...args: unknown[]) => {
          const number = ++calls;
          if (number > at || (number === at && when === 'before')) throw new Crash();
          const method: unknown = Reflect.get(part, name);
          const answer: unknown = await Reflect.apply(method as (...args: unknown[]) => unknown, part, args);
          if (number === at) throw new Crash();
          return answer;
        },
      ]),
    );
  };
  const wrapped = Object.fromEntries(PARTS.map((name) => [name, wrap(admission[name])]));
  return { parts: { ...admission, ...wrapped }, calls: () => calls };
}

let harness: AdmissionHarness;

beforeAll(async () => {
  harness = await startAdmissionHarness({ ...standardLimits, configurations: 2 });
});
afterEach(clearHub);
afterAll(() => harness.close());

async function clearHub(): Promise<void> {
  const { responseBody } = await harness.registry.getConfigurations();
  for (const { id } of responseBody) await harness.registry.removeConfiguration(id);
}

/** Everything that admission leaves behind, without times and etags. */
async function endState(world: Awaited<ReturnType<AdmissionHarness['world']>>) {
  const { admission, firmware, releases } = world;
  const blobs: string[] = [];
  for await (const blob of releases.listBlobsFlat()) blobs.push(blob.name);
  const { responseBody } = await harness.registry.getConfigurations();
  const refusals = await admission.uploads.refusals(10, undefined);
  const upload = await admission.dropBox.describe('fw-1.0.1.bin');
  return {
    blobs,
    releases: (await admission.releases.ofDeviceType('IoTDevKit')).releases.map(({ version, sha256 }) => ({
      version,
      sha256,
    })),
    rollouts: (await admission.rollouts.list()).map(({ id, state }) => ({ id, state })),
    configurations: responseBody
      .map(({ id, content }) => ({ id, content }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    refusals: refusals.items.map(({ path, code, message }) => ({ path, code, message })),
    outcome: upload && (await admission.uploads.outcome(upload.path, upload.etag)),
    tags: (await firmware.getBlobClient('fw-1.0.1.bin').getTags()).tags,
  };
}

async function prepared(scenario: Scenario) {
  await clearHub();
  const world = await harness.world();
  await scenario.prepare(world);
  await drop(world.firmware, 'fw-1.0.1.bin', image('1.0.1'));
  return world;
}

interface Scenario {
  readonly name: string;
  readonly prepare: (world: Awaited<ReturnType<AdmissionHarness['world']>>) => Promise<void>;
}

const scenarios: readonly Scenario[] = [
  { name: 'an upload that is admitted', prepare: async () => undefined },
  {
    name: 'an upload that is refused for what is released',
    prepare: async ({ admission, firmware }) => {
      await drop(firmware, 'fw-1.0.2.bin', image('1.0.2'));
      await admitUpload(admission, 'fw-1.0.2.bin');
    },
  },
  {
    name: 'an upload that the hub refuses',
    prepare: async () => {
      for (const id of ['one', 'two']) {
        const content = { deviceContent: { 'properties.desired.other': 1 } };
        await harness.registry.addConfiguration({ id, schemaVersion: '1.0', targetCondition: '', content });
      }
    },
  },
];

describe.each(scenarios)('$name', (scenario) => {
  test('ends the same whenever a run is killed and run again', async () => {
    const calm = await prepared(scenario);
    const { parts, calls } = crashing(calm.admission, Number.POSITIVE_INFINITY, 'before');
    await admitUpload(parts, 'fw-1.0.1.bin');
    const expected = await endState(calm);
    expect(calls()).toBeGreaterThan(5);

    for (let at = 1; at <= calls(); at++) {
      for (const when of ['before', 'after'] as const) {
        const world = await prepared(scenario);
        const crash = crashing(world.admission, at, when);
        await expect(admitUpload(crash.parts, 'fw-1.0.1.bin')).rejects.toBeInstanceOf(Crash);
        await admitUpload(world.admission, 'fw-1.0.1.bin');
        expect(await endState(world), `killed ${when} call ${at}`).toEqual(expected);
      }
    }
  });
});
