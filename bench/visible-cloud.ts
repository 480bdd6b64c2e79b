import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BlobServiceClient } from '@azure/storage-blob';
import { type LocalCloud, startLocalCloud } from '../local/cloud.ts';
import { buildFirmwareImage } from '../local/devkit/firmware-image.ts';
import { portsFrom } from '../local/ports.ts';

export const ROLLOUT = 'fw-iotdevkit-1-0-1';
const APP = fileURLToPath(new URL('..', import.meta.url));
const ADMITTED_WITHIN_MS = 120_000;

/** The rollout that the bench waits for did not start. */
export class RolloutNotStartedError extends Error {
  readonly code = 'BENCH_ROLLOUT_NOT_STARTED';
  constructor() {
    super(`The rollout ${ROLLOUT} was not running within ${ADMITTED_WITHIN_MS / 1000} s`);
    this.name = 'RolloutNotStartedError';
  }
}

/** Runs the task with a whole local cloud (the built app in its function host) in which one rollout runs. */
export async function withRunningRollout<Result>(
  task: (cloud: LocalCloud) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-cloud-'));
  try {
    const cloud = await startLocalCloud({
      directory,
      ports: portsFrom(0),
      appDir: APP,
      log: ({ level, message }) => {
        if (level === 'error') process.stderr.write(`${message}\n`);
      },
    });
    try {
      await startRollout(cloud);
      return await task(cloud);
    } finally {
      await cloud.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function startRollout({ endpoints }: LocalCloud): Promise<void> {
  const drops = BlobServiceClient.fromConnectionString(endpoints.storage).getContainerClient('firmware');
  const image = buildFirmwareImage({ version: '1.0.1', size: 64 * 1024 });
  await drops.getBlockBlobClient('FirmwareOTA-1.0.1.bin').uploadData(image);
  const end = Date.now() + ADMITTED_WITHIN_MS;
  while (Date.now() < end) {
    const answer = await fetch(`${endpoints.http}/api/rollouts/${ROLLOUT}`);
    const { state } = (await answer.json()) as { state?: string };
    if (answer.ok && state === 'running') return;
    await sleep(200);
  }
  throw new RolloutNotStartedError();
}
