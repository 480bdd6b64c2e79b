import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';

/** Where the services of a bench are reached. */
interface ServiceAddresses {
  /** Connection string of Azurite. */
  readonly storage: string;
  readonly hub: { readonly port: number; readonly ca: string; readonly key: string };
}

/** Azurite and a hub in a process of their own, with clients for them. */
export interface Services extends ServiceAddresses {
  /** A new, empty table. */
  newTable(): Promise<TableClient>;
  /** A new, empty container. */
  newContainer(): Promise<ContainerClient>;
}

/** The process of the services ended before it was ready; its own words stand above. */
export class ServicesEndedError extends Error {
  readonly code = 'SERVICES_ENDED';
  constructor(exitCode: number | null) {
    super(`The process of Azurite and the hub ended with ${exitCode} before it was ready`);
    this.name = 'ServicesEndedError';
  }
}

/** Runs the task with services of its own, which are gone at its end. Throws ServicesEndedError. */
export async function withServices<Result>(task: (services: Services) => Promise<Result>): Promise<Result> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(fileURLToPath(new URL('services-process.ts', import.meta.url)), {
    execArgv: ['--import', tsx],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit');
  try {
    const ready = once(child, 'message') as Promise<[ServiceAddresses]>;
    const first = await Promise.race([
      ready,
      ended.then(([code]) => new ServicesEndedError(code as number | null)),
    ]);
    if (first instanceof ServicesEndedError) throw first;
    return await task(clientsOf(first[0]));
  } finally {
    if (child.connected) child.disconnect();
    await ended;
  }
}

function clientsOf(addresses: ServiceAddresses): Services {
  const blobs = BlobServiceClient.fromConnectionString(addresses.storage);
  let made = 0;
  return {
    ...addresses,
    newTable: async () => {
      const name = `bench${(made += 1)}`;
      const client = TableClient.fromConnectionString(addresses.storage, name, {
        allowInsecureConnection: true,
      });
      await client.createTable();
      return client;
    },
    newContainer: async () => {
      const container = blobs.getContainerClient(`bench-${(made += 1)}`);
      await container.create();
      return container;
    },
  };
}
