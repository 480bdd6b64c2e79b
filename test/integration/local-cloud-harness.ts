import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BlobServiceClient } from '@azure/storage-blob';
import { type CloudOptions, type LocalCloud, startLocalCloud } from '../../local/cloud.ts';
import type { HostLogLine } from '../../local/function-host/host-messages.ts';
import { portsFrom } from '../../local/ports.ts';

const APP = fileURLToPath(new URL('../..', import.meta.url));

/** A local cloud in a directory of its own, with what a test asks of it. */
export class TestCloud {
  readonly cloud: LocalCloud;
  readonly directory: string;
  readonly lines: readonly HostLogLine[];

  static async start(
    options: Partial<Pick<CloudOptions, 'directory' | 'settings' | 'appDir'>> = {},
  ): Promise<TestCloud> {
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'local-cloud-')));
    const lines: HostLogLine[] = [];
    const cloud = await startLocalCloud({
      directory,
      ports: portsFrom(0),
      appDir: options.appDir ?? APP,
      log: (line) => lines.push(line),
      evaluation: { afterChangeMs: 20, intervalMs: 1000 },
      settings: options.settings ?? {},
    });
    return new TestCloud(cloud, directory, lines);
  }

  private constructor(cloud: LocalCloud, directory: string, lines: readonly HostLogLine[]) {
    this.cloud = cloud;
    this.directory = directory;
    this.lines = lines;
  }

  /** GET of an API path; the body as JSON. Throws where the status is another than expected. */
  async get<Body = Record<string, unknown>>(path: string, expected = 200): Promise<Body> {
    const response = await fetch(`${this.cloud.endpoints.http}/api${path}`);
    const text = await response.text();
    if (response.status !== expected) throw new Error(`GET ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Body;
  }

  async drop(path: string, bytes: Buffer, metadata: Record<string, string> = {}): Promise<void> {
    await this.blob(path).uploadData(bytes, { metadata });
  }

  async tags(path: string): Promise<Record<string, string>> {
    return (await this.blob(path).getTags()).tags;
  }

  private blob(path: string) {
    const service = BlobServiceClient.fromConnectionString(this.cloud.endpoints.storage);
    return service.getContainerClient('firmware').getBlockBlobClient(path);
  }

  /** Stops the cloud and keeps its directory, for a start from what was kept. */
  async stop(): Promise<void> {
    await this.cloud.close();
  }

  async close(): Promise<void> {
    await this.cloud.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Asks again until the answer is there; throws the last reason after the deadline. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  deadlineMs = 60_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  let last: unknown = 'no answer yet';
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: last });
}
