import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOrCreateCertificates } from '../../local/certificates.ts';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { type DownloadServer, startDownloadServer } from '../../local/download-server.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { hubRegistry } from './hub-registry.ts';
import { eventually, TestCloud } from './local-cloud-harness.ts';

const ROLLOUT = '/rollouts/fw-iotdevkit-1-0-1';

describe('images that the app serves itself', () => {
  let directory: string;
  /** Azure's https in front of the app, where there is no plain http. */
  let front: DownloadServer;
  let cloud: TestCloud;
  let fleet: FleetProcess;
  let hub: ReturnType<typeof hubRegistry>;
  const image = buildFirmwareImage({ version: '1.0.1', size: 300_000 });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'download-proxy-'));
    const tls = await loadOrCreateCertificates(join(directory, 'certificates'));
    front = await startDownloadServer({
      host: '127.0.0.1',
      port: 0,
      tls,
      container: 'api',
      get blobUrl() {
        return cloud.cloud.endpoints.http;
      },
    });
    cloud = await TestCloud.start({
      directory,
      settings: {
        DOWNLOAD_BASE_URL: `https://localhost:${front.port}/api/downloads`,
        DOWNLOAD_TOKEN_KEY: 'a key of the test that is long enough',
      },
    });
    hub = hubRegistry({
      port: cloud.cloud.hubRest.port,
      ca: cloud.cloud.ca,
      key: cloud.cloud.hub.policyKey('service') ?? '',
    });
    fleet = await startFleetProcess(cloud.cloud, {
      devices: 3,
      speed: 100,
      faults: {},
      onMessage: () => undefined,
    });
    await cloud.drop('FirmwareOTA-1.0.1.bin', image);
  });
  afterAll(async () => {
    await fleet.stop();
    hub.close();
    await cloud.stop();
    await front.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The link as devices get it, by way of the app's own port. */
  async function link(): Promise<URL> {
    const uri = await eventually('a device has its link', async () => {
      const { responseBody } = await hub.registry.getTwin('devkit-0001');
      const { desired } = responseBody.properties as { desired: { firmware?: { fwPackageURI: string } } };
      return desired.firmware?.fwPackageURI;
    });
    const { pathname, search } = new URL(uri);
    return new URL(`${pathname}${search}`, cloud.cloud.endpoints.http);
  }

  test('reach every device by its own https download', async () => {
    const counts = await eventually('three devices have come to an end', async () => {
      const rollout = await cloud.get<{ counts: Record<string, number> }>(ROLLOUT);
      const { Succeeded = 0, Failed = 0 } = rollout.counts;
      return Succeeded + Failed === 3 ? rollout.counts : undefined;
    });
    expect(counts['Succeeded']).toBe(3);
  });

  test('are answered with 200, their length and their bytes', async () => {
    const response = await fetch(await link(), { redirect: 'error' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(image.length));
    expect(Buffer.from(await response.arrayBuffer()).equals(image)).toBe(true);
  });

  test('tell HEAD the same, without their bytes', async () => {
    const response = await fetch(await link(), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(image.length));
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  });

  test('are not there for who has no token, a wrong one or that of another image', async () => {
    const right = await link();
    const wrong = [
      new URL(right.pathname, right),
      new URL(`${right.pathname}?token=${'A'.repeat(43)}`, right),
      new URL(right.href.replace('1.0.1-', '1.0.2-')),
      new URL(right.href.replace('/IoTDevKit/', '/..%2Ffirmware/')),
    ];
    const answers = await Promise.all(wrong.map(async (url) => fetch(url)));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    const texts = await Promise.all(answers.map(async (answer) => answer.text()));
    expect(texts.filter((text) => text.length > 1000)).toEqual([]);
  });

  test('leave no token in what is stored, served or logged', async () => {
    const token = (await link()).searchParams.get('token') ?? '';
    expect(token).toHaveLength(43);
    const served = await Promise.all(
      [ROLLOUT, `${ROLLOUT}/devices`, `${ROLLOUT}/journal`, '/devices/devkit-0001', '/releases'].map((path) =>
        cloud.get(path),
      ),
    );
    expect(JSON.stringify(served)).not.toContain(token);
    expect(JSON.stringify(cloud.lines)).not.toContain(token);
  });
});
