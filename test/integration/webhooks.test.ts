import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { eventNames, TEST_EVENT } from '../../src/shared/webhooks/event-names.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';
import { hang, nameOf, status, WEBHOOK_SECRET, WebhookReceiver } from './webhook-receiver.ts';

const OLD_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const THERMOSTAT = { devicetype: 'Thermostat', targetcondition: "tags.type='thermostat'" };
const why = { reason: 'Told in the morning round' };

/** One cloud, one receiver that listens, one that hangs through all of the first test. */
describe('webhooks in the running app', () => {
  let cloud: TestCloud;
  let good: WebhookReceiver;
  let hanging: WebhookReceiver;
  let fleet: FleetProcess | undefined;

  beforeAll(async () => {
    good = await WebhookReceiver.start();
    hanging = await WebhookReceiver.start();
    hanging.answer = hang;
    cloud = await TestCloud.start({
      settings: {
        WEBHOOK_URLS: `${good.url}?code=geheim,${hanging.url}`,
        WEBHOOK_SECRETS: `${WEBHOOK_SECRET},${OLD_SECRET}`,
        WEBHOOK_EVENTS: 'rollout,upload,device',
        DEVICE_PROFILES: 'Thermostat=generic',
      },
    });
  });
  afterAll(async () => {
    await fleet?.stop();
    await cloud.close();
    await Promise.all([good.close(), hanging.close()]);
  });

  async function send(method: string, path: string, body?: unknown, expected = 200) {
    const response = await fetch(`${cloud.cloud.endpoints.http}/api${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== expected) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }
  const steer = (id: string, action: string, more = {}) =>
    send('POST', `/rollouts/${id}/${action}`, { ...why, ...more });
  const isIn = async (id: string, state: string) =>
    eventually(`${id} is ${state}`, async () =>
      (await cloud.get(`/rollouts/${id}`))['state'] === state ? true : undefined,
    );
  const image = (version: string, seed = 1) => buildFirmwareImage({ version, size: 8192, seed });
  const plan = async (name: string, document: unknown) =>
    cloud.drop(`plans/${name}.json`, Buffer.from(JSON.stringify(document)));
  const arrived = async (receiver: WebhookReceiver, names: readonly string[]) =>
    eventually(
      `${names.join(', ')} at ${receiver.url}`,
      async () => {
        const seen = new Set(receiver.names());
        const missing = names.filter((name) => !seen.has(name));
        if (missing.length > 0) throw new Error(`${missing.join(', ')} did not come`);
        return true;
      },
      90_000,
    );

  /** What the journal says and what was told are the same, however often it was told. */
  const allTold = async (id: string) =>
    eventually(`the whole journal of ${id}`, async () => {
      const path = `/rollouts/${id}/journal?limit=200`;
      const journal = await cloud.get<{ value: { revision: number; action: string }[] }>(path);
      const told = good.events(OLD_SECRET).filter(({ data }) => data['rollout'] === id && 'revision' in data);
      const ids = new Map(
        told.map((event) => [event.id, `${String(event.data['revision'])} ${nameOf(event)}`]),
      );
      const expected = journal.value.map(({ revision, action }) => `${revision} rollout.${action}`);
      expect([...ids.values()].toSorted()).toEqual(expected.toSorted());
      return true;
    });

  test('every event arrives, while another receiver hangs', async () => {
    await plan('soon-over', { deadlineHours: 0.000_01 });
    const gate = { minAnswered: 1, maxFailed: 0 };
    await plan('strict', { stages: [50, 100].map((percent) => ({ percent, minDevices: 4, gate })) });

    await cloud.drop('thermostat-1.0.1.bin', image('1.0.1'), THERMOSTAT);
    await isIn('fw-thermostat-1-0-1', 'running');
    await cloud.drop('thermostat-1.0.2.bin', image('1.0.2', 2), THERMOSTAT);
    await isIn('fw-thermostat-1-0-2', 'running');
    await steer('fw-thermostat-1-0-2', 'revert');
    for (const action of ['pause', 'resume', 'pause', 'approve']) await steer('fw-thermostat-1-0-1', action);
    await steer('fw-thermostat-1-0-1', 'retarget', { priority: 12 });
    await steer('fw-thermostat-1-0-1', 'stop');
    await send('DELETE', '/rollouts/fw-thermostat-1-0-1?reason=over');
    await cloud.drop('thermostat-1.0.3.bin', image('1.0.3', 3), { ...THERMOSTAT, plan: 'soon-over' });
    await isIn('fw-thermostat-1-0-3', 'completed');
    await steer('fw-thermostat-1-0-3', 'stop');
    await cloud.drop('empty-9.9.9.bin', Buffer.alloc(0));

    fleet = await startFleetProcess(cloud.cloud, {
      devices: 4,
      speed: 100,
      faults: { 'wrong-bytes': 25, 'falls-back': 25 },
      onMessage: () => undefined,
    });
    await cloud.drop('FirmwareOTA-1.0.1.bin', image('1.0.1'), { plan: 'strict' });
    await isIn('fw-iotdevkit-1-0-1', 'stopped');
    await send('POST', '/webhooks/test');

    await arrived(good, [...eventNames, TEST_EVENT]);
    expect(hanging.received.length).toBeGreaterThan(0);
  });

  test('every decision of every journal arrives once under one id, signed with both secrets', async () => {
    const { value } = await cloud.get<{ value: { id: string }[] }>('/rollouts');
    expect(value).toHaveLength(4);
    for (const { id } of value) await allTold(id);
  });

  test('a person sees who hangs, and no log line holds an address’s secret', async () => {
    const list = async () => (await cloud.get<{ value: Record<string, unknown>[] }>('/webhooks')).value;
    expect((await list()).map(({ address }) => address)).toEqual([good.url, hanging.url]);
    const [, seen] = await eventually(
      'the first timeout',
      async () => {
        const endpoints = await list();
        return endpoints[1]?.['failingSince'] === undefined ? undefined : endpoints;
      },
      60_000,
    );
    expect(seen).toMatchObject({ lastFailure: 'no answer within 15 s' });
    expect(seen?.['waiting']).toBeGreaterThan(eventNames.length);
    await eventually('the line in the log', async () =>
      cloud.lines.some(({ message }) => message.includes('"webhook-failed"')) ? true : undefined,
    );
    expect(JSON.stringify(cloud.lines)).not.toContain('geheim');
  });

  test('what a receiver missed while it hung arrives when it answers again', async () => {
    hanging.answer = status(204);
    await arrived(hanging, [...eventNames, TEST_EVENT]);
    const missed = new Set(good.events().map(({ id }) => id));
    await eventually('all that the other one got', async () => {
      const seen = new Set(hanging.events().map(({ id }) => id));
      return [...missed].every((id) => seen.has(id)) ? true : undefined;
    });
    expect(new Set(hanging.names())).toEqual(new Set(good.names()));
  });

  test('what is refused for the moment is sent again under the same id', async () => {
    const before = good.received.length;
    good.answer = (response, _request, count) =>
      response.writeHead(count === before + 1 ? 500 : 200).end('out of order');
    const { event } = await send('POST', '/webhooks/test');
    await eventually('the second attempt', async () =>
      good.received.length >= before + 2 ? true : undefined,
    );
    expect(
      good
        .events()
        .slice(before)
        .map(({ id }) => id),
    ).toEqual([event, event]);
  });

  test('a receiver that is gone gets nothing more; a person can send it later', async () => {
    good.answer = status(410);
    await send('POST', '/webhooks/test');
    const letters = async () =>
      (
        await cloud.get<{ value: { id: string; event: { id: string }; reason: string }[] }>(
          '/webhooks/dead-letters',
        )
      ).value;
    const [letter] = await eventually('the dead letter', async () => {
      const found = await letters();
      return found.length === 1 ? found : undefined;
    });
    expect(letter).toMatchObject({ reason: 'answered 410', address: good.url, attempts: 1 });
    await cloud.drop('empty-9.9.8.bin', Buffer.alloc(0));
    await eventually('the next event is kept', async () =>
      (await letters()).length === 2 ? true : undefined,
    );
    const count = good.received.length;

    const replay = `/webhooks/dead-letters/${letter?.id}/replay`;
    expect(await send('POST', replay, undefined, 409)).toMatchObject({
      detail: expect.stringContaining('test event'),
    });
    good.answer = status(200);
    expect(good.received).toHaveLength(count);
    await send('POST', '/webhooks/test');
    await eventually('the test event', async () => (good.received.length > count ? true : undefined));
    await eventually('the endpoint is used again', async () => {
      const { value } = await cloud.get<{ value: { disabled?: string }[] }>('/webhooks');
      return value[0]?.disabled === undefined ? true : undefined;
    });
    for (const { id } of await letters()) await send('POST', `/webhooks/dead-letters/${id}/replay`);
    await eventually('both letters', async () => {
      const last = good.events().slice(count).map(nameOf);
      return last.includes('upload.refused') && last.filter((name) => name === TEST_EVENT).length === 2
        ? true
        : undefined;
    });
    expect(await letters()).toEqual([]);
    await send('POST', replay, undefined, 404);
  });

  test('an event that nobody misses is discarded, and not sent', async () => {
    const letters = async () =>
      (await cloud.get<{ value: { id: string }[] }>('/webhooks/dead-letters')).value;
    good.answer = status(410);
    const { event } = await send('POST', '/webhooks/test');
    const [letter] = await eventually('the dead letter', async () => {
      const found = await letters();
      return found.length === 1 ? found : undefined;
    });
    const count = good.received.length;
    const discarded = await send('DELETE', `/webhooks/dead-letters/${letter?.id}`);
    expect(discarded['event']).toBe(event);
    expect(await letters()).toEqual([]);
    await send('DELETE', `/webhooks/dead-letters/${letter?.id}`, undefined, 404);
    expect(good.received).toHaveLength(count);
  });
});
