import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  /** Base URL of the app. */
  http: z.string(),
  /** Connection string of the storage account. */
  storage: z.string(),
  /** Service connection string of the IoT Hub; its REST API is at `iotHubRest`, since the string has no port. */
  iotHub: z.string(),
  /** https URL. */
  iotHubRest: z.string(),
  /** host:port of MQTT over TLS. */
  deviceGateway: z.string(),
  /** Connection string of the event hub. */
  eventHub: z.string(),
  /** https URL that stands for the container of released images. */
  download: z.string(),
  /** Path of the CA certificate (PEM) that all TLS endpoints are signed with. */
  ca: z.string(),
});

/** Everything that another program needs to use the local cloud. */
export type Endpoints = z.infer<typeof schema>;

const file = (directory: string) => join(directory, 'endpoints.json');

/** Written in one step when all is ready: who can read the file can use what it names. */
export async function writeEndpoints(directory: string, endpoints: Endpoints): Promise<void> {
  const path = file(directory);
  await writeFile(`${path}.new`, `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function removeEndpoints(directory: string): Promise<void> {
  await rm(file(directory), { force: true });
}

/** `undefined` where no local cloud runs on the directory. */
export async function readEndpoints(directory: string): Promise<Endpoints | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file(directory), 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
