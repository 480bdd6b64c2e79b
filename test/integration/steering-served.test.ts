import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

const PATH = '/rollouts/fw-iotdevkit-1-0-1';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.start({ settings: { HUB_CONFIGURATION_QUOTA: '1' } });
});
afterAll(() => cloud.close());

async function send(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${cloud.cloud.endpoints.http}/api${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'if-match': '*' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

test('the running app says what an upload would do, warns of the quota, and can be steered', async () => {
  const bytes = buildFirmwareImage({ version: '1.0.1', size: 8192 });
  await cloud.drop('tried-1.0.1.bin', bytes, { dryrun: 'true' });
  expect(await send('POST', '/rollouts/dry-run', { path: 'tried-1.0.1.bin' })).toMatchObject({
    status: 200,
    outcome: 'admitted',
    forecast: { configurations: { onHub: 0, quota: 1 }, matching: 0 },
  });

  await cloud.drop('FirmwareOTA-1.0.1.bin', bytes);
  await eventually('the rollout runs', async () =>
    (await cloud.get(PATH))['state'] === 'running' ? true : undefined,
  );
  await eventually('the log warns of the quota', async () =>
    cloud.lines.some(({ message }) => message.includes('configurations-near-quota')) ? true : undefined,
  );

  const why = { reason: 'Wrong image' };
  expect(await send('POST', `${PATH}/stop`, why)).toMatchObject({ status: 200, state: 'stopped' });
  expect(await send('DELETE', `${PATH}?reason=Over`)).toMatchObject({ status: 200, state: 'retired' });
  expect(cloud.cloud.hub.configurations.list(10)).toEqual([]);
  const { value } = await cloud.get<{ value: { action: string }[] }>('/audit');
  expect(value.map(({ action }) => action)).toEqual(['retired', 'stopped']);
});
