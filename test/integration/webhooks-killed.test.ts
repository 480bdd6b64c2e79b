import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';
import { WEBHOOK_SECRET, WebhookReceiver } from './webhook-receiver.ts';

const PATH = '/rollouts/fw-iotdevkit-1-0-1';

let cloud: TestCloud;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  cloud = await TestCloud.start({
    settings: { WEBHOOK_URLS: receiver.url, WEBHOOK_SECRETS: WEBHOOK_SECRET },
  });
});
afterAll(async () => {
  await cloud.close();
  await receiver.close();
});

async function steer(action: string): Promise<void> {
  try {
    await fetch(`${cloud.cloud.endpoints.http}/api${PATH}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'To and fro' }),
    });
  } catch {
    // The host was killed over it; the journal says what became of it.
  }
}

/** Revisions of the rollout, as its journal has them. */
async function journalled(): Promise<readonly number[]> {
  const { value } = await cloud.get<{ value: { revision: number }[] }>(`${PATH}/journal?limit=200`);
  return value.map(({ revision }) => revision);
}

/** Revisions that the receiver was told of, however often. */
function told(): readonly number[] {
  return receiver
    .events()
    .flatMap(({ data: { revision } }) => (revision === undefined ? [] : [Number(revision)]));
}

test('a host that is killed again and again tells everything that its journal holds', async () => {
  const { functionHost } = cloud.cloud;
  await cloud.drop('FirmwareOTA-1.0.1.bin', buildFirmwareImage({ version: '1.0.1', size: 8192 }));
  await eventually('the rollout runs', async () =>
    (await cloud.get(PATH))['state'] === 'running' ? true : undefined,
  );
  // Slow enough that some deliveries are under way at each kill.
  receiver.answer = (response) => setTimeout(() => response.writeHead(204).end(), 100);
  for (let kill = 0; kill < 3; kill++) {
    // What was on its way at the kill before comes again: a step of this round is one that is newer.
    const newest = Math.max(...(await journalled()));
    const steps = ['pause', 'resume', 'pause', 'resume', 'pause', 'resume'];
    const steering = Promise.all(steps.map(steer));
    await eventually('a step of this round is on its way', async () =>
      told().some((revision) => revision > newest) ? true : undefined,
    );
    functionHost.kill();
    await steering;
    await functionHost.ready();
  }
  expect(functionHost.restarts()).toBe(3);

  const journal = new Set(await journalled());
  // Its start, and at least one step before each kill.
  expect(journal.size).toBeGreaterThan(3);
  await eventually('every revision', async () =>
    [...journal].every((revision) => told().includes(revision)) ? true : undefined,
  );
  expect(new Set(told())).toEqual(journal);
  const ids = new Set(receiver.events().map(({ id }) => id));
  const names = new Set(receiver.names().filter((name) => name.startsWith('upload')));
  expect(ids.size).toBe(journal.size + names.size);
  expect([...names]).toEqual(['upload.admitted']);
});
