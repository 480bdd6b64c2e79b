import { TableClient } from '@azure/data-tables';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { startFleetProcess } from '../../local/fleet-process.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

/** A line of the app's log, as an object. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

const EVERY_SECOND = '* * * * * *';
const STRICT = { stages: [{ percent: 100, gate: { maxFailed: 0 } }], onGateFailed: 'stop' };
const FIRST = 'fw-iotdevkit-1-0-1';
/** Its gate fails. */
export const SECOND = 'fw-iotdevkit-1-0-2';
/** Of the request that stops the first rollout. */
export const CORRELATION = 'stop-of-the-first';

/**
 * What there is to tell of, in one local cloud: devices that succeed and fail, a gate that fails, a refusal, a
 * stop by hand, counts that are wrong, a hub that is nearly full.
 * @returns every line that the app logged
 */
export async function eventfulRun(settings: Readonly<Record<string, string>>): Promise<readonly LogLine[]> {
  const cloud = await TestCloud.start({
    settings: {
      ROLLOUT_JUDGE_SCHEDULE: EVERY_SECOND,
      LEDGER_RECOUNT_SCHEDULE: EVERY_SECOND,
      HUB_CONFIGURATION_QUOTA: '2',
      ...settings,
    },
  });
  try {
    const fleet = await startFleetProcess(cloud.cloud, {
      devices: 8,
      speed: 100,
      faults: { 'wrong-bytes': 25, 'falls-back': 25 },
      onMessage: () => undefined,
    });
    try {
      await tellingEvents(cloud);
    } finally {
      await fleet.stop();
    }
  } finally {
    await cloud.close();
  }
  return linesOf(cloud);
}

/** The lines so far, of functions only and without those of the SDKs. */
function linesOf({ lines }: TestCloud): LogLine[] {
  return lines
    .filter(({ category, message }) => category === 'function' && message.startsWith('{"event":'))
    .map(({ message }) => JSON.parse(message) as LogLine);
}

async function tellingEvents(cloud: TestCloud): Promise<void> {
  const until = async (what: string, matches: (line: LogLine) => boolean) =>
    eventually(what, async () => {
      const found = linesOf(cloud).find(matches);
      if (found) return found;
      // Shown with the deadline: what has happened instead.
      throw new Error(
        cloud.lines
          .slice(-20)
          .map(({ message }) => message)
          .join('\n'),
      );
    });
  await cloud.drop('first-1.0.1.bin', buildFirmwareImage({ version: '1.0.1', size: 100_000 }));
  await until('a device has failed', ({ event, state }) => event === 'device-ended' && state === 'Failed');
  await until(
    'a device has succeeded',
    ({ event, succeeded }) => event === 'device-updates-moved' && succeeded !== 0,
  );

  await cloud.drop('page-1.0.9.bin', Buffer.from('<!doctype html><title>Not an image</title>'));
  await until('the page was refused', ({ event }) => event === 'upload-refused');

  // Devices that fall back do it again, and one is more than the plan allows.
  await cloud.drop('plans/strict.json', Buffer.from(JSON.stringify(STRICT)));
  await cloud.drop('second-1.0.2.bin', buildFirmwareImage({ version: '1.0.2', size: 100_000 }), {
    plan: 'strict',
  });
  await until('the hub is nearly full', ({ event }) => event === 'configurations-near-quota');
  await until('the gate has failed', ({ action }) => action === 'gate-failed');

  await stopByHand(cloud, FIRST);
  await spoilCounts(cloud, SECOND);
  await until('the wrong counts were found', ({ event }) => event === 'ledger-drift');
}

/** Counts two devices that are not there, as no run of the program ever did. */
async function spoilCounts({ cloud }: TestCloud, rollout: string): Promise<void> {
  await TableClient.fromConnectionString(cloud.endpoints.storage, 'deviceupdates', {
    allowInsecureConnection: true,
  }).createEntity({ partitionKey: `${rollout}|000`, rowKey: 'c|somebody|0', Failed: 2 });
}

async function stopByHand({ cloud }: TestCloud, rollout: string): Promise<void> {
  const response = await fetch(`${cloud.endpoints.http}/api/rollouts/${rollout}/stop`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-correlation-id': CORRELATION },
    body: JSON.stringify({ reason: 'a test' }),
  });
  if (response.status !== 200)
    throw new Error(`The stop answered ${response.status}: ${await response.text()}`);
}
