import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What the README deploys. */
const DEPLOYED = ['host.json', 'package.json', 'dist'];

test('the app runs from what is deployed alone, without any installed package', async () => {
  const appDir = await mkdtemp(join(tmpdir(), 'deployed-app-'));
  for (const name of DEPLOYED) await cp(join(ROOT, name), join(appDir, name), { recursive: true });
  const cloud = await TestCloud.start({ appDir });
  try {
    await cloud.drop('FirmwareOTA-1.0.1.bin', buildFirmwareImage({ version: '1.0.1', size: 8192 }));
    const rollout = await eventually('the image is released', () =>
      cloud.get('/rollouts/fw-iotdevkit-1-0-1'),
    );
    expect(rollout).toMatchObject({ version: '1.0.1', release: { size: 8192 } });
    expect(await cloud.get('/health/ready')).toMatchObject({ ready: true });
  } finally {
    await cloud.close();
    await rm(appDir, { recursive: true, force: true });
  }
});
