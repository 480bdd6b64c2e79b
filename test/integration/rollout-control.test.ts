import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { admitUpload } from '../../src/shared/firmware/admission.ts';
import { type AdmissionHarness, drop, image, startAdmissionHarness } from './admission-harness.ts';
import { post, type SteeringOptions, steeringApi } from './steering-at-hand.ts';

const ROLLOUT = 'fw-iotdevkit-1-0-1';
const PATH = `/rollouts/${ROLLOUT}`;
const SITES = { stages: [{ where: "tags.site = 'a'" }, { percent: 100 }] };

let harness: AdmissionHarness;

beforeAll(async () => {
  harness = await startAdmissionHarness(standardLimits);
  for (const [i, site] of ['a', 'a', 'b', 'b', 'b'].entries()) {
    harness.hub.devices.create(`device-${i}`, { deviceId: `device-${i}` });
    harness.hub.twins.update(`device-${i}`, { tags: { site } }, '*');
  }
});
afterAll(() => harness.close());
afterEach(async () => {
  const { responseBody } = await harness.registry.getConfigurations();
  for (const { id } of responseBody) await harness.registry.removeConfiguration(id);
});

async function started(options: SteeringOptions = {}) {
  const { admission, firmware } = await harness.world();
  await drop(firmware, 'plans/sites.json', Buffer.from(JSON.stringify(SITES)));
  await drop(firmware, 'fw-1.0.1.bin', image('1.0.1'), { plan: 'sites' });
  await admitUpload(admission, 'fw-1.0.1.bin');
  return { admission, firmware, api: steeringApi(harness, admission, options) };
}

const onHub = async () => (await harness.registry.getConfiguration(ROLLOUT)).responseBody;
const why = { reason: 'Calls from the field' };

async function entries(api: Awaited<ReturnType<typeof started>>['api'], path: string) {
  const answer = await api.ask(`/api${path}`);
  expect(answer.status).toBe(200);
  return answer.json()['value'] as Record<string, unknown>[];
}

describe('a person', () => {
  test('pauses, resumes and stops a rollout, and the journal and the audit trail say who and why', async () => {
    const { api } = await started();
    expect(await post(api, `${PATH}/pause`, why)).toMatchObject({
      status: 200,
      state: 'paused',
      revision: 1,
      reason: why.reason,
      configuration: { current: true, targetCondition: "(tags.site = 'a')" },
    });
    expect(await post(api, `${PATH}/resume`, { reason: 'Mended' })).toMatchObject({ state: 'running' });
    const stopped = await post(api, `${PATH}/stop`, why);
    expect(stopped).toMatchObject({ state: 'stopped', revision: 3, possibleActions: ['retire', 'revert'] });
    expect((await onHub()).targetCondition).toBe('');

    const journal = await entries(api, `${PATH}/journal`);
    expect(journal.map(({ action, actor, state }) => [action, actor, state])).toEqual([
      ['started', 'service', 'starting'],
      ['paused', 'function key', 'paused'],
      ['resumed', 'function key', 'running'],
      ['stopped', 'function key', 'stopped'],
    ]);
    const audit = await entries(api, '/audit');
    expect(audit.map(({ rollout, action, reason }) => [rollout, action, reason])).toEqual([
      [ROLLOUT, 'stopped', why.reason],
      [ROLLOUT, 'resumed', 'Mended'],
      [ROLLOUT, 'paused', why.reason],
    ]);
  });

  test('approves the next stage, once', async () => {
    const { api } = await started();
    expect((await post(api, `${PATH}/approve`, why))['status']).toBe(200);
    const again = await post(api, `${PATH}/approve`, why);
    expect(again).toMatchObject({ status: 409, type: 'urn:firmware-ota:problem:conflict' });
  });

  test('is told what is possible where something is not', async () => {
    const { api } = await started();
    expect(await post(api, `${PATH}/resume`, why)).toMatchObject({
      status: 409,
      detail:
        'The rollout is running, which does not allow resume. Possible is: pause, stop, approve, retarget, revert.',
    });
    expect(await post(api, '/rollouts/fw-iotdevkit-9/stop', why)).toMatchObject({ status: 404 });
    expect(await entries(api, '/audit')).toEqual([]);
  });

  test('must give a reason', async () => {
    const { api, admission } = await started();
    for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }, { ...why, force: true }]) {
      expect(await post(api, `${PATH}/stop`, body)).toMatchObject({ status: 400 });
    }
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'running', revision: 0 });
  });

  test('steers only what has the revision that was seen, if one is named', async () => {
    const { api, admission } = await started();
    expect(await post(api, `${PATH}/pause`, why, { 'if-match': '"0"' })).toMatchObject({ status: 200 });
    for (const tag of ['"0"', 'W/"1"', '1', '"an-etag-of-a-get"']) {
      expect(await post(api, `${PATH}/stop`, why, { 'if-match': tag })).toMatchObject({
        status: 412,
        detail: 'The rollout is at revision 1 now. Look at it again, then send If-Match: "1".',
      });
    }
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'paused', revision: 1 });
    expect(await post(api, `${PATH}/resume`, why, { 'if-match': '"7", "1"' })).toMatchObject({ status: 200 });
    expect(await post(api, `${PATH}/stop`, why, { 'if-match': '*' })).toMatchObject({ status: 200 });
  });

  test('is named as signed in, and cannot pass for the service', async () => {
    const { api } = await started({ auth: 'entra' });
    const signedIn = (name: string) => {
      const claims = [
        { typ: 'name', val: name },
        { typ: 'roles', val: 'Ota.Write' },
        { typ: 'roles', val: 'Ota.Read' },
      ];
      return { 'x-ms-client-principal': Buffer.from(JSON.stringify({ claims })).toString('base64') };
    };
    await post(api, `${PATH}/pause`, why, signedIn('operator@example.com'));
    await post(api, `${PATH}/resume`, why, signedIn('service'));
    const audit = (await api.ask('/api/audit', { headers: signedIn('reader') })).json();
    expect((audit['value'] as { actor: string }[]).map(({ actor }) => actor)).toEqual([
      '"service"',
      'operator@example.com',
    ]);
  });

  test('of many who stop at once, one does it, and the others are told', async () => {
    const { api } = await started();
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(api, `${PATH}/stop`, why)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
    expect(await entries(api, '/audit')).toHaveLength(1);
  });
});

describe('a retarget', () => {
  test('aims at other devices, and begins the time of the open stage again', async () => {
    const { api, admission } = await started();
    const before = await admission.rollouts.get(ROLLOUT);
    const answer = await post(api, `${PATH}/retarget`, {
      ...why,
      targetCondition: "tags.site IN ['a', 'b']",
      priority: 20,
    });
    const targetCondition = "(tags.site IN ['a', 'b']) AND ((tags.site = 'a'))";
    expect(answer).toMatchObject({ status: 200, configuration: { targetCondition, priority: 20 } });
    expect(await onHub()).toMatchObject({ targetCondition, priority: 20 });
    const after = await admission.rollouts.get(ROLLOUT);
    expect(after?.baseline.targeted).toBe(2);
    expect(Date.parse(after?.stageOpenedAt ?? '')).toBeGreaterThan(Date.parse(before?.stageOpenedAt ?? ''));
    const [, entry] = await entries(api, `${PATH}/journal`);
    expect(entry).toMatchObject({ action: 'retargeted', inputs: { priority: 20, selected: 2 } });
  });

  test('to a condition that the hub does not take changes nothing', async () => {
    const { api, admission } = await started();
    for (const targetCondition of ["tags.site ==== 'a'", "a') OR ('b", `tags.site = '${'x'.repeat(7995)}'`]) {
      const answer = await post(api, `${PATH}/retarget`, { ...why, targetCondition });
      expect(answer).toMatchObject({ status: 400 });
      expect(answer['errors']).toMatchObject([{ pointer: '#/targetCondition' }]);
    }
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ revision: 0 });
  });

  test('must name something', async () => {
    const { api } = await started();
    expect(await post(api, `${PATH}/retarget`, why)).toMatchObject({ status: 400 });
    expect(await post(api, `${PATH}/retarget`, { ...why, priority: -1 })).toMatchObject({ status: 400 });
  });
});

describe('while the hub does not answer', () => {
  test('a stop is kept all the same, and the answer says that the hub does not know yet', async () => {
    const { api, admission } = await started({ hubIsDown: true });
    expect(await post(api, `${PATH}/stop`, why)).toMatchObject({
      status: 200,
      state: 'stopped',
      configuration: { current: false, targetCondition: '' },
    });
    expect(api.lines.map(({ event }) => event)).toContain('hub-not-told');
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ revision: 1, appliedRevision: 0 });
  });

  test('nothing is retired, and no condition is taken unseen', async () => {
    const { api, admission } = await started({ hubIsDown: true });
    const answer = await post(api, `${PATH}/retarget`, { ...why, targetCondition: "tags.site = 'b'" });
    expect(answer).toMatchObject({ status: 503 });
    await post(api, `${PATH}/stop`, why);
    expect((await api.ask(`/api${PATH}?reason=old`, { method: 'DELETE' })).status).toBe(503);
    expect(await admission.rollouts.get(ROLLOUT)).toMatchObject({ state: 'stopped', revision: 1 });
  });
});

describe('a retirement', () => {
  test('takes the configuration off the hub and keeps the records', async () => {
    const { api, admission } = await started();
    const retire = () => api.ask(`/api${PATH}?reason=Over`, { method: 'DELETE' });
    expect((await retire()).json()).toMatchObject({ status: 409 });
    await post(api, `${PATH}/stop`, why);
    expect((await api.ask(`/api${PATH}`, { method: 'DELETE' })).status).toBe(400);
    expect((await retire()).json()).toMatchObject({ state: 'retired', possibleActions: [] });
    expect(await admission.configurations.get(ROLLOUT)).toBeUndefined();
    expect(await entries(api, `${PATH}/journal`)).toHaveLength(3);
    expect((await retire()).json()).toMatchObject({
      detail: 'The rollout is retired, which does not allow retire. Possible is: nothing any more.',
    });
  });
});

describe('the audit trail', () => {
  test('is given page by page, newest first, and never twice', async () => {
    const { api } = await started();
    for (let i = 0; i < 5; i++) {
      await post(api, `${PATH}/${i % 2 === 0 ? 'pause' : 'resume'}`, { reason: `step ${i}` });
    }
    for (const list of ['/audit', `${PATH}/journal`]) {
      const reasons: unknown[] = [];
      let next: string | undefined = `/api${list}?limit=2`;
      while (next !== undefined) {
        const answer = (await api.ask(next)).json();
        reasons.push(...(answer['value'] as { reason: string }[]).map(({ reason }) => reason));
        next = answer['nextLink'] as string | undefined;
      }
      const steps = ['step 0', 'step 1', 'step 2', 'step 3', 'step 4'];
      const first = 'fw-1.0.1.bin was admitted with the plan "sites"';
      expect(reasons).toEqual(list === '/audit' ? steps.toReversed() : [first, ...steps]);
    }
    for (const list of ['/audit', `${PATH}/journal`]) {
      expect((await api.ask(`/api${list}?continuation=AAAA`)).status).toBe(400);
    }
  });
});
